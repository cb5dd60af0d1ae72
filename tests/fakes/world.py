"""Every port as a fake, wired together, and the pipeline run over them as Airflow would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from golden_images import jobs
from golden_images.adapters.download import WebDownloads
from golden_images.adapters.retry import Clock
from golden_images.advisories.store import Store
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.errors import GoldenImagesError
from golden_images.job import Job, Makes, Report
from golden_images.pipeline import RESOLVE, before, demands, schema, stages_for
from golden_images.planning.request import Request
from golden_images.ports import Catalog, Descriptor, Ports, Registry
from golden_images.rows import Stage
from golden_images.stages import resolve
from tests.fakes.catalog import FakeCatalog
from tests.fakes.engine import FakeEngine
from tests.fakes.registry import FakeRegistry
from tests.fakes.scanning import KNOWN, Advisory, FakeScanner, osv_database
from tests.fakes.tools import (
    FakeBootstrapper,
    FakeLinter,
    FakePackageArchive,
    FakeSbomGenerator,
    FakeTestRunner,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOST = "registry.test:5000"


@dataclass(slots=True)
class World:
    contexts: Path
    registry: Registry = field(default_factory=lambda: FakeRegistry(HOST))
    catalog: Catalog = field(default_factory=FakeCatalog)
    engine: FakeEngine = field(default_factory=FakeEngine)
    sbom_generator: FakeSbomGenerator = field(default_factory=FakeSbomGenerator)
    linter: FakeLinter = field(default_factory=FakeLinter)
    test_runner: FakeTestRunner = field(default_factory=FakeTestRunner)
    bootstrapper: FakeBootstrapper = field(default_factory=FakeBootstrapper)
    archive: FakePackageArchive = field(default_factory=FakePackageArchive)
    scanners: dict[str, FakeScanner] = field(
        default_factory=lambda: {name: FakeScanner(name) for name in ("distro", "osv")}
    )
    externals: dict[str, Registry] = field(default_factory=dict)
    organisation: Organisation = field(
        default_factory=lambda: Organisation.model_validate(
            {"schema": 1, "channels": [{"name": "dev", "automatic": True}, {"name": "prod"}]}
        )
    )
    #: False: there is no database of advisories, so that nothing can be scanned.
    scans: bool = True
    log: list[str] = field(default_factory=list)
    #: Of the order in which stages run that Airflow might run in any.
    random: Random = field(default_factory=lambda: Random(0))

    def import_advisories(self, *more: Advisory) -> None:
        """The database that ``osv`` is given: an artifact of the registry, and the current one. The fake
        scanner reads nothing of it but what it is."""
        store = Store(self.organisation, self.registry, self.catalog, lambda: NOW, self.log.append)
        with TemporaryDirectory() as folder:
            store.put(osv_database(Path(folder), (*KNOWN, *more)), "the tests", alone=True)

    def lost_catalog(self) -> FakeCatalog:
        """An empty one, but for the databases of advisories: what comes back of them is imported."""
        fresh = FakeCatalog()
        for database in self.catalog.databases():
            fresh.record_database(database)
        return fresh

    def __post_init__(self) -> None:
        self.engine.registry = self.registry
        self.engine.sources = self.externals
        if self.scans:
            self.import_advisories()

    def ports(self) -> Ports:
        return Ports(
            registry=lambda: self.registry,
            engine=lambda: self.engine,
            catalog=lambda: self.catalog,
            sbom_generator=lambda: self.sbom_generator,
            linter=lambda: self.linter,
            test_runner=lambda: self.test_runner,
            bootstrapper=lambda: self.bootstrapper,
            package_archive=lambda: self.archive,
            downloads=lambda: WebDownloads(Clock(sleep=lambda _: None)),
            scanner=lambda name: self.scanners[name],
            registry_of=lambda host: self.registry if host == self.registry.host else self.externals[host],
        )

    def context(self, name: str, dockerfile: str = "ARG BASE\nFROM ${BASE}\nRUN true\n") -> Path:
        """Writes a context with one test."""
        folder = self.contexts / name
        (folder / "tests").mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_text(dockerfile)
        (folder / "tests" / "test_it.py").write_text("def test_it(host): pass\n")
        return folder

    def request(self, definition: Definition, **changes: Any) -> Request:
        request = Request(
            organisation=self.organisation,
            definition=definition,
            contexts=self.contexts,
            run_id="run",
            now=NOW,
            date=NOW,
            log=self.log.append,
            demands=demands(definition),
        )
        return replace(request, **changes)

    def job(self, name: str, plan_digest: Digest, candidate: Descriptor | None, stage: str = "") -> Job:
        """A job as an operator makes it: all from the registry, nothing from this process."""
        return jobs.from_plan(
            self.organisation,
            name,
            plan_digest,
            self.registry,
            stage=stage,
            owner=f"golden_images.{name}/run/{stage}",
            log=self.log.append,
            candidate=candidate.digest if candidate else None,
        )

    def run(
        self, definition: Definition, *, until: str = "promote", ports: Ports | None = None, **changes: Any
    ) -> Run:
        """Resolve and, if that builds, every stage up to ``until``, in an order that Airflow may take:
        whatever the table says must be done before a stage is, and no more. As there, a stage that fails
        keeps those from running that need it; the first failure is raised in the end."""
        ports = ports or self.ports()
        request = self.request(definition, **changes)
        resolution, run_id = RESOLVE.perform(request, ports), request.run_id
        reports: dict[str, Report] = {}
        candidate = None
        if resolution.plan_digest is None:
            return Run(resolution, reports, candidate)
        failed: list[GoldenImagesError] = []
        done, needs = {RESOLVE.name}, before(stages_for(definition))
        for row in ordered(stages_for(definition), until, self.random):
            if not needs[row.name] <= done:
                continue
            job = jobs.of_run(
                self.organisation,
                definition.name,
                run_id,
                ports,
                stage=row.name,
                owner=f"golden_images.{definition.name}/{run_id}/{row.name}",
                log=self.log.append,
            )
            try:
                reports[row.name] = report = row.perform(job, ports)
            except GoldenImagesError as error:
                failed.append(error)
                continue
            done.add(row.name)
            if row.makes is Makes.CANDIDATE:
                outputs = report.outputs
                candidate = Descriptor(outputs["media_type"], Digest(outputs["digest"]), int(outputs["size"]))
        if failed:
            raise failed[0]
        return Run(resolution, reports, candidate)


def ordered(rows: Sequence[Stage], until: str, random: Random) -> Iterator[Stage]:
    """The rows of the table up to ``until``, each somewhere after all that must be done before it."""
    names = [row.name for row in rows]
    pending = list(rows[: names.index(until) + 1])
    needs, done = before(rows), {RESOLVE.name}
    while pending:
        row = random.choice([row for row in pending if needs[row.name] <= done])
        yield row
        pending.remove(row)
        done.add(row.name)


@dataclass(frozen=True)
class Run:
    resolution: resolve.Resolution
    reports: dict[str, Report]
    candidate: Descriptor | None


class Killed(BaseException):
    """A task's process is gone; nothing in the project may catch it."""


class Killer:
    """Lets ``calls`` calls through to everything it wraps, then kills at each one after.

    ``after``: the call still takes effect, but the caller does not live to hear of it.
    """

    def __init__(self, calls: int, *, after: bool = False) -> None:
        self.left = calls
        self.after = after

    def wrap(self, target: Any) -> Any:
        return _Mortal(target, self)

    def ports(self, world: World) -> Ports:
        sound = world.ports()
        return replace(
            sound,
            registry=_once(self.wrap(sound.registry())),
            catalog=_once(self.wrap(sound.catalog())),
            engine=_once(self.wrap(sound.engine())),
        )


class _Mortal:
    def __init__(self, target: Any, killer: Killer) -> None:
        self._target = target
        self._killer = killer

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not callable(attribute):
            return attribute

        def call(*args: Any, **kwargs: Any) -> Any:
            self._killer.left -= 1
            if self._killer.left < 0 and not self._killer.after:
                raise Killed
            result = attribute(*args, **kwargs)
            if self._killer.left < 0:
                raise Killed
            return result

        return call


def _once(value: Any) -> Callable[[], Any]:
    return lambda: value


def definition(name: str, **fields: Any) -> Definition:
    """A sound definition; ``fields`` replace or add keys."""
    content = {"schema": 1, "name": name, "description": f"The image {name}.", "owner": "platform", **fields}
    return schema().model_validate(content)


def root(name: str = "root", **fields: Any) -> Definition:
    return definition(name, base={"bootstrap": {"suite": "bookworm"}}, **fields)


def child(name: str = "child", of: str = "root", **fields: Any) -> Definition:
    return definition(name, base={"image": of}, **fields)
