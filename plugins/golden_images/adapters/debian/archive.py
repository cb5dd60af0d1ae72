"""ports.PackageArchive over a Debian archive: what is the newest version of every package?

Each suite costs one small conditional request while nothing changed, and none where another task of
this worker asked in the last minutes; its Packages files are kept, parsed, under the checksum that the
suite's signed InRelease lists. Nothing unsigned is believed: without ``gpgv`` and Debian's keys there
is no answer.

Source: the Debian repository format (wiki DebianRepository/Format), apt-secure(8).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from golden_images.adapters import process
from golden_images.adapters.debian import debs
from golden_images.adapters.debian.debs import Deb
from golden_images.adapters.debian.fetch import PATIENCE_SECONDS, Fetcher
from golden_images.adapters.debian.sources import KEYRING, Archive, archives
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.versions.debian import compare
from golden_images.core.versions.debian import newer as is_newer
from golden_images.errors import IntegrityError, ServiceError, ToolError
from golden_images.files import cache_folder, one_at_a_time, write_atomically

_KEPT_SECONDS = 30 * 24 * 3600
#: Endings of what is kept of one list.
_VERSIONS, _DEBS = ".json", ".debs.json"
_DATE = "%a, %d %b %Y %H:%M:%S %Z"


@dataclass(frozen=True, slots=True)
class Offered:
    """An archive's newest packages by name, in one state: ``digest`` is of its signed lists, ``at`` the
    newest time that one was made."""

    debs: Mapping[str, Deb]
    digest: Digest
    at: datetime


class DebianArchive:
    """``keyring``: whose signatures count. ``cache`` may be shared and may be deleted at any time.

    One object asks each suite once: it stands for one moment, in which a task decides.
    """

    def __init__(self, *, cache: Path | None = None, keyring: Path = KEYRING) -> None:
        self._cache = cache or cache_folder("archive")
        self._keyring = keyring
        self._fetch = Fetcher(self._cache / "releases")
        self._releases: dict[Archive, dict[str, str]] = {}

    def release_time(self, suite: str, mirror: str = "") -> datetime:
        return max(_date(self._release(archive), "Date") for archive in archives(suite, mirror))

    def candidates(
        self, suite: str, components: Sequence[str], architecture: str, mirror: str = ""
    ) -> Mapping[str, str]:
        newest: dict[str, str] = {}
        for archive in archives(suite, mirror):
            release = self._release(archive)
            for component in components:
                path = _list(component, architecture)
                for name, version in self._packages(archive, release, path, _VERSIONS).items():
                    known = newest.get(name)
                    if known is None or (known != version and compare(version, known) > 0):
                        newest[name] = version
        return newest

    def newer(self, candidate: str, installed: str) -> bool:
        return is_newer(candidate, installed)

    def offered(self, suite: str, architecture: str, mirror: str = "") -> Offered:
        """All that the suite, its updates and its security offer, of every component."""
        newest: dict[str, Deb] = {}
        state = []
        for archive in archives(suite, mirror):
            release = self._release(archive)
            for component in release.get("Components", "main").split():
                # Older security archives write ``updates/main``, and list ``main``.
                path = _list(component.rpartition("/")[2], architecture)
                checksum = _checksum(release, path)
                if checksum is None:
                    continue
                state.append([archive.release, release.get("Date", ""), path, checksum])
                for name, row in self._packages(archive, release, path, _DEBS).items():
                    known = newest.get(name)
                    if known is None or (known.version != row[0] and compare(row[0], known.version) > 0):
                        newest[name] = debs.deb(name, row, archive.uri, archive.release)
        digest = Digest.of(canonical_json(state))
        return Offered(newest, digest, self.release_time(suite, mirror))

    def files(self, deb: Deb, wanted: Callable[[PurePosixPath], bool]) -> dict[PurePosixPath, bytes | str]:
        """As :func:`golden_images.adapters.debian.debs.files`, of what the archive has for ``deb``."""
        return debs.files(debs.content(deb, self._fetch), wanted)

    def _release(self, archive: Archive) -> dict[str, str]:
        """The signed fields of InRelease; ``SHA256`` keeps its lines."""
        if archive not in self._releases:
            try:
                self._releases[archive] = self._ask(archive)
            except (IntegrityError, ServiceError):
                # Whoever tries again shall see whether the mirror has been mended.
                self._fetch.forget(_address(archive))
                raise
        return self._releases[archive]

    def _ask(self, archive: Archive) -> dict[str, str]:
        address = _address(archive)
        fields = _fields(self._verified(address, self._fetch.conditional(address)))
        if archive.release not in (fields.get("Codename"), fields.get("Suite")):
            raise IntegrityError(
                f"{address} is the release file of another suite",
                cause=f"it is of {fields.get('Codename')} ({fields.get('Suite')})",
                remedy="do not use this mirror before it is mended",
            )
        if "Valid-Until" in fields and _date(fields, "Valid-Until") < datetime.now(UTC):
            raise ServiceError(
                f"{address} is out of date",
                endpoint=address,
                cause=f"it was valid until {fields['Valid-Until']}",
                remedy="the mirror is no longer updated: use another, or wait for it",
                retryable=False,
            )
        return fields

    def _verified(self, address: str, content: bytes) -> str:
        """The signed text inside ``content``. Raises IntegrityError where no key of ours signed it."""
        gpgv = process.find("gpgv", "the Debian package gpgv")
        if not self._keyring.is_file():
            raise ToolError(
                "Debian's archive keys are not on this worker",
                endpoint=str(self._keyring),
                cause=f"{self._keyring} does not exist",
                remedy="install the Debian package debian-archive-keyring",
                retryable=False,
            )
        with tempfile.TemporaryDirectory(prefix="golden-images-release-") as name:
            signed, text = Path(name) / "InRelease", Path(name) / "Release"
            signed.write_bytes(content)
            argv = [gpgv, "--keyring", str(self._keyring), "--output", str(text), str(signed)]
            outcome = process.run(argv, timeout_seconds=30, env=process.environment(GNUPGHOME=name))
            if outcome.code != 0 or not text.is_file():
                raise IntegrityError(
                    f"{address} is not signed by a key in {self._keyring.name}",
                    cause="; ".join(outcome.tail[-4:]),
                    remedy="update debian-archive-keyring; if that does not help, do not use this mirror",
                )
            return text.read_text()

    def _packages(self, archive: Archive, release: Mapping[str, str], path: str, kind: str) -> dict[str, Any]:
        """By name: the newest version, or all that :func:`golden_images.adapters.debian.debs.parse` tells."""
        checksum = _checksum(release, path)
        if checksum is None:
            raise ServiceError(
                f"{archive.uri} {archive.release} has no {path}",
                endpoint=archive.uri,
                cause="its InRelease does not list it",
                remedy="correct base.bootstrap.components, or the architecture",
                retryable=False,
            )
        folder = self._cache / "packages"
        kept = folder / f"{checksum}{kind}"
        with one_at_a_time(folder / f"{checksum}.lock", PATIENCE_SECONDS):
            with suppress(OSError, ValueError):
                known = dict(json.loads(kept.read_text()))
                kept.touch()
                return known
            try:
                rows = debs.parse(self._download(archive, release, path, checksum))
            except (ServiceError, IntegrityError):
                # The mirror may have moved on since InRelease was read.
                self._fetch.forget(_address(archive))
                raise
            # A night's look reads the versions alone, which are a fifth of it.
            found: dict[str, dict[str, Any]] = {
                _VERSIONS: {name: row[0] for name, row in rows.items()},
                _DEBS: rows,
            }
            for ending, content in found.items():
                write_atomically(folder / f"{checksum}{ending}", json.dumps(content).encode())
        _forget(folder)
        return found[kind]

    def _download(self, archive: Archive, release: Mapping[str, str], path: str, checksum: str) -> str:
        folder = f"{archive.uri}/dists/{archive.release}/{path.rpartition('/')[0]}"
        address = f"{folder}/by-hash/SHA256/{checksum}"
        if release.get("Acquire-By-Hash") != "yes":
            address = f"{folder}/Packages.xz"
        content = self._fetch.content(address)
        actual = hashlib.sha256(content).hexdigest()
        if actual != checksum:
            raise IntegrityError(
                f"{address} is not what InRelease lists",
                cause=f"expected sha256 {checksum}, got {actual}",
                remedy="the mirror is being updated or is broken; try again later or use another",
            )
        return lzma.decompress(content).decode()


def _list(component: str, architecture: str) -> str:
    return f"{component}/binary-{architecture}/Packages.xz"


def _address(archive: Archive) -> str:
    return f"{archive.uri}/dists/{archive.release}/InRelease"


def _forget(folder: Path) -> None:
    """Removes what nobody asked for in a month: a suite has a new checksum nearly every day."""
    oldest = time.time() - _KEPT_SECONDS
    for path in folder.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            fields[name] += f"\n{line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def _checksum(release: Mapping[str, str], path: str) -> str | None:
    for line in release.get("SHA256", "").splitlines():
        checksum, _, rest = line.partition(" ")
        if rest.split()[-1:] == [path]:
            return checksum
    return None


def _date(fields: Mapping[str, str], name: str) -> datetime:
    """Raises IntegrityError where a signed release file has no such date."""
    try:
        return datetime.strptime(fields[name], _DATE).replace(tzinfo=UTC)
    except (KeyError, ValueError) as error:
        raise IntegrityError(f"the release file has no readable {name}", cause=str(error)) from error
