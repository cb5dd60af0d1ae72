"""A day of a multi-platform base with three levels of children: what is pushed, held, and come of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core import about, names
from golden_images.core.digest import Digest
from golden_images.core.partition import PartitionKey
from local.stack import database
from tests.integration.past import Past, until
from tests.integration.platforms import ARCHITECTURES, push_platforms
from tests.integration.ticks import tick
from tests.integration.tiny import Tiny

LEVELS = ("level1", "level2", "level3")
#: Each image stays in its test stage for as long as somebody holds it on this push of the base.
SUITE = """
import time
from pathlib import Path


def test_nobody_holds_it(host):
    push = host.run("echo $PUSH").stdout.strip()
    assert push
    while Path("{holds}", "{image}-" + push).exists():
        time.sleep(0.1)
"""

#: Run type, why, and what the run is about: a push, a parent's release, a tick.
Row = tuple[str, str, str]


@dataclass
class Day:
    """A push has a name; a release is called after what it stands on, ``level2 on level1 on a``."""

    tiny: Tiny
    pushes: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    @cached_property
    def past(self) -> Past:
        return Past(self.tiny)

    @cached_property
    def catalog(self) -> SqlCatalog:
        return SqlCatalog.from_url(database.url(self.tiny.stack.state, "golden_images"))

    @property
    def base(self) -> str:
        return f"{self.tiny.service.host}/base/shell:day"

    @property
    def _holds(self) -> Path:
        return self.tiny.project / "holds"

    def define(self) -> None:
        """The first level needs both platforms of the base."""
        both = tuple(f"linux/{architecture}" for architecture in ARCHITECTURES)
        base = f"{{reference: '{self.base}'}}"
        self._holds.mkdir()
        for name in LEVELS:
            suite = SUITE.format(holds=self._holds, image=name)
            self.tiny.image(name, base=base, suite=suite, platforms=both if name == LEVELS[0] else both[:1])
            base = f"{{image: {name}}}"

    # The base -------------------------------------------------------------------------------------

    def push(self, name: str, *, whole: bool = True) -> Digest:
        """Moves the tag onto ``name``. Not ``whole``: its second platform is still to come."""
        architectures = ARCHITECTURES if whole else ARCHITECTURES[:1]
        digest = push_platforms(
            self.tiny.registry,
            "base/shell",
            "1",
            tag="day",
            architectures=architectures,
            environment=[f"PUSH={name}"],
        )
        name = name if whole else f"half of {name}"
        self.pushes.append(name)
        self._names[digest] = name
        return digest

    def seen(self, digest: Digest) -> None:
        def is_seen() -> bool:
            row = self.catalog.watched().get(self.base)
            return row is not None and row.digest == digest

        until(is_seen, lambda: f"the base watch does not see {digest}")

    def looked(self, times: int = 2) -> None:
        """Until the watch has looked at the tag so many times more."""

        def looks() -> int:
            return self.tiny.service.log.read_text().count('"HEAD /v2/base/shell/manifests/day HTTP')

        before = looks()
        until(lambda: looks() >= before + times, lambda: "the base watch does not look")

    def ledger(self) -> list[str]:
        return [self._names[version.digest] for version in self.catalog.base_versions(self.base)]

    # The images -----------------------------------------------------------------------------------

    def hold(self, image: str, push: str) -> Path:
        """Unlinked, it lets go."""
        held = self._holds / f"{image}-{push}"
        held.touch()
        return held

    def at(self, image: str, number: int, task: str) -> None:
        """Until the image's run of this number has begun ``task``."""

        def is_there() -> bool:
            runs = self.past.runs(image)
            begun = ("running", "success")
            return len(runs) >= number and self.tiny.states(runs[number - 1]).get(task) in begun

        until(is_there, lambda: f"run {number} of {image} never comes to {task}: {self.runs(image)}")

    def waiting(self, image: str, *about: str) -> None:
        """Until the image's runs that have not begun are these, in this order."""

        def found() -> list[str]:
            return [self.about(run) for run in self.past.runs(image) if run["state"] == "queued"]

        until(lambda: found() == [*about], lambda: f"{image} waits for {found()}: {self.runs(image)}")

    def ended(self, image: str, count: int) -> list[dict[str, Any]]:
        """The image's runs, once there are so many and all have ended well."""

        def done() -> bool:
            runs = self.past.runs(image)
            return len(runs) >= count and all(run["state"] == "success" for run in runs)

        until(done, lambda: f"{image} does not end: {self.runs(image)}")
        return self.past.runs(image)

    def night(self) -> None:
        """Every image's next tick is now."""
        tick(self.tiny.stack, *(f"golden_images.{name}" for name in LEVELS))

    # What came of it ------------------------------------------------------------------------------

    def runs(self, image: str) -> list[tuple[str, str]]:
        return [(run["state"], self.about(run)) for run in self.past.runs(image)]

    def rows(self, image: str) -> list[Row]:
        return [(run["run_type"], self.past.why(run), self.about(run)) for run in self.past.runs(image)]

    def about(self, run: dict[str, Any]) -> str:
        key = PartitionKey.parse(run["partition_key"])
        return self.name(key.digest) if key.digest else f"{key.at:%H:%M}"

    def name(self, digest: str) -> str:
        if digest not in self._names:
            for image in LEVELS:
                self._read_releases(image)
        return self._names[digest]

    def versions(self, image: str) -> dict[str, str]:
        """By version tag in the registry, what the release stands on."""
        return {
            tag: self.name(self.tiny.digest(image, tag)).removeprefix(f"{image} on ")
            for tag in self.tiny.tags(image)
            if names.is_version(tag)
        }

    def _read_releases(self, image: str) -> None:
        for tag in self.tiny.tags(image):
            if names.is_version(tag):
                manifest = self.tiny.registry.manifest(f"golden/{image}", tag)
                base = json.loads(manifest.content)["annotations"][about.BASE_DIGEST]
                self._names[manifest.descriptor.digest] = f"{image} on {self._names[base]}"
