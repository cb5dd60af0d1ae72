"""A scanner that is a program on the worker: run on a stored SBOM with a given database and nothing else.

Its answer is its JSON. The exit code says too little: programs of this kind end with 0 whether they found
nothing, could not read a version or had an empty database, and with 1 where they found something.
"""

from __future__ import annotations

import json
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from golden_images.adapters import process
from golden_images.adapters.scanners.listed import Listed, components
from golden_images.core.findings import Finding
from golden_images.core.scanning import Scan, Unjudged
from golden_images.core.words import count
from golden_images.errors import ToolError
from golden_images.ports import Log, ScanRequest

#: Of all that a program writes. The largest honest answer that was seen has a hundredth of it.
LIMIT_BYTES = 128 * 1024**2
VERSION_SECONDS = 60
_TEXT = 300

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One scan: the SBOM's file, the database's folder, and a folder of this scan's alone."""

    sbom: Path
    database: Path
    work: Path
    listed: Listed


@dataclass(frozen=True, slots=True)
class Call:
    """How a program is called for one scan, its own path left out."""

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    #: What nobody judges then.
    gaps: Sequence[Unjudged] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a program wrote: its JSON, and the lines of its log."""

    document: Document
    lines: tuple[str, ...]


@dataclass(slots=True)
class Answer:
    findings: list[Finding] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)


class Program(ABC):
    """A scanner by a program. ``program`` is its path; by default it is looked for beside this interpreter
    and on PATH."""

    name: ClassVar[str]
    #: Of the database that it reads.
    database: ClassVar[str]

    def __init__(self, program: str = "") -> None:
        self._program = program
        self._versions: dict[tuple[str, int, int], str] = {}

    @abstractmethod
    def version_argv(self) -> Sequence[str]:
        """What asks for its version, without the program."""

    @abstractmethod
    def version_in(self, text: str) -> str:
        """Empty where it does not say. May raise what parsers raise."""

    @abstractmethod
    def call(self, task: Task) -> Call:
        """Puts the database where the program wants it, below ``task.work`` and by links: it may write there.
        Its JSON goes to stdout."""

    @abstractmethod
    def read(self, task: Task, told: Told) -> Answer:
        """Raises ValueError for an answer about another SBOM, and what parsers raise."""

    def version(self) -> str:
        """Asked once of one file: a task scans many images."""
        found = self._found()
        try:
            status = Path(found).stat()
        except OSError as error:
            raise ToolError(f"{self.name} cannot be read", endpoint=self.name, cause=str(error)) from error
        key = (found, status.st_mtime_ns, status.st_size)
        if key not in self._versions:
            self._versions[key] = self._ask_version(found)
        return self._versions[key]

    def _ask_version(self, program: str) -> str:
        with tempfile.TemporaryDirectory(prefix="golden-images-scan-") as name:
            out = Path(name) / "version"
            outcome = process.run(
                [program, *self.version_argv()],
                timeout_seconds=VERSION_SECONDS,
                env=_environment(Path(name), {}),
                cwd=Path(name),
                stdout=out,
                limit_bytes=1 << 20,
            )
            text = out.read_text(errors="replace")
        try:
            version = self.version_in(text)
        except (ValueError, LookupError, TypeError, AttributeError):
            version = ""
        if not version:
            raise process.crashed(
                self.name,
                f"{self.name} does not say its version",
                outcome,
                "install a release of it: a scan is known by the version that made it",
            )
        return version

    def scan(self, request: ScanRequest, log: Log) -> Scan:
        end = time.monotonic() + request.timeout_seconds
        if request.database is None:
            raise ToolError(
                f"{self.name} was given no database",
                endpoint=self.name,
                remedy=f"golden-images advisories import, of the {self.database} database",
                retryable=False,
            )
        request.digest.check(request.sbom, "the SBOM to scan")
        try:
            listed = components(request.sbom)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ToolError(
                f"{self.name} was given no SBOM",
                cause=f"{type(error).__name__}: {error}"[:500],
                retryable=False,
            ) from error
        version = self.version()
        with tempfile.TemporaryDirectory(prefix="golden-images-scan-") as name:
            work = Path(name)
            # In a folder of its own: some read configuration from beside the SBOM. The name says which
            # SBOM it is, which a program that names its input tells us back.
            sbom = work / "sbom" / f"{request.digest.hex}.cdx.json"
            sbom.parent.mkdir()
            sbom.write_bytes(request.sbom)
            answer = self.answer(Task(sbom, request.database.folder, work, listed), end - time.monotonic())
        unnamed = (Unjudged(what=one, why="the SBOM has no package URL of it") for one in listed.unnamed)
        unjudged = tuple(dict.fromkeys((*answer.unjudged, *unnamed)))
        log(f"{self.name} {version}: {count(len(answer.findings), 'finding')}, {len(unjudged)} not judged")
        return Scan(
            scanner=self.name,
            version=version,
            sbom=request.digest,
            database=request.database.about,
            findings=tuple(dict.fromkeys(answer.findings)),
            unjudged=unjudged,
        )

    def answer(self, task: Task, seconds: float) -> Answer:
        """What it says of an SBOM that lies there; whose answer it is, is left to the caller."""
        call = self.call(task)
        told = self._run(task, call, seconds)
        try:
            answer = self.read(task, told)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise self._unusable(f"{type(error).__name__}: {error}"[:500]) from error
        return Answer(answer.findings, [*call.gaps, *answer.unjudged])

    def _run(self, task: Task, call: Call, seconds: float) -> Told:
        out = task.work / "answer.json"
        lines: list[str] = []
        outcome = process.run(
            [self._found(), *call.argv],
            timeout_seconds=max(1.0, seconds),
            log=lines.append,
            env=_environment(task.work, call.environment),
            cwd=task.sbom.parent,
            stdout=out,
            limit_bytes=LIMIT_BYTES,
        )
        content = out.read_bytes()
        if outcome.code < 0 or not content.strip():
            remedy = "see what it says; a scanner that gives no answer has found nothing out"
            raise process.crashed(self.name, f"{self.name} did not scan the SBOM", outcome, remedy)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._unusable(f"no JSON: {error}; it begins {content[:80]!r}") from error
        if not isinstance(document, dict):
            raise self._unusable(f"no JSON object: it begins {content[:80]!r}")
        return Told(document, tuple(lines))

    def _found(self) -> str:
        return self._program or process.find(self.name, f"a release of {self.name}, or name another scanner")

    def _unusable(self, cause: str) -> ToolError:
        return ToolError(
            f"{self.name}'s answer is unusable",
            endpoint=self.name,
            cause=cause,
            remedy=f"install a version of {self.name} that the project was tried with",
            retryable=False,
        )


def link(database: Path, path: str, target: Path) -> None:
    """Puts the file ``path`` of ``database`` at ``target``. Raises ToolError if there is none."""
    if not (database / path).is_file():
        held = sorted(str(one.relative_to(database)) for one in database.rglob("*") if one.is_file())
        raise ToolError(
            f"the database has no {path}",
            cause=f"it holds {', '.join(held[:10]) or 'nothing'}",
            remedy="import the scanner's database anew",
            retryable=False,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to((database / path).absolute())


def text(value: object) -> str:
    """The first line of what a database says of a vulnerability, cut to what a person reads."""
    first = str(value or "").strip().partition("\n")[0]
    return first if len(first) <= _TEXT else f"{first[: _TEXT - 1]}…"


def _environment(work: Path, own: Mapping[str, str]) -> dict[str, str]:
    """No configuration, plug-in or cache of the user's: they could leave findings out."""
    home = str(work / "home")
    Path(home).mkdir(exist_ok=True)
    folders = {"HOME": home, "TMPDIR": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home}
    return process.environment(**folders, **own)
