"""A database becomes an artifact of our registry and the current one: once, whole, and never backwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golden_images.advisories import artifact
from golden_images.advisories.content import Content
from golden_images.advisories.formats import osv
from golden_images.advisories.store import Store
from golden_images.core.advisories import OSV, AdvisoryDatabase
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.errors import InputError, IntegrityError, RegistryError, ServiceError
from tests.fakes.advisories import NOW, pypi, record, store, written
from tests.fakes.catalog import FakeCatalog
from tests.fakes.registry import FakeRegistry

REPOSITORY = "golden/advisories"
OLD, NEW = "2026-11-01T00:00:00Z", "2026-11-23T00:00:00Z"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Content]:
    """An archive of these records."""
    names = iter(range(100))
    return lambda *records: osv.archive(written(tmp_path / f"{next(names)}.zip", *records))


class TestArtifact:
    def test_it_says_what_it_is(self, make: Callable[..., Content]) -> None:
        ours = store()
        ours.put(make(record(modified=OLD)), "all.zip")
        made = ours.put(make(pypi(modified=NEW), pypi("PYSEC-2026-2", modified=NEW)), "pypi.zip").database
        body = json.loads(ours.registry.manifest(REPOSITORY, made.digest).content)
        assert body["annotations"] == {
            "io.golden-images.built": "2026-11-01T00:00:00+00:00",
            "io.golden-images.database": "osv",
            "io.golden-images.records": "3",
            "org.opencontainers.image.version": "",
        }
        assert body["artifactType"] == "application/vnd.golden-images.advisories.v1+json"
        assert [one["annotations"]["org.opencontainers.image.title"] for one in body["layers"]] == [
            "Debian/all.zip",
            "PyPI/all.zip",
        ]
        assert ours.catalog.databases() == [
            made,
            replace(ours.catalog.databases()[1], records=1, source="all.zip"),
        ]
        assert (made.records, made.source, made.imported_at) == (
            3,
            "pypi.zip",
            NOW + timedelta(microseconds=1),
        )

    def test_its_tag_keeps_it_from_garbage_collection(self, make: Callable[..., Content]) -> None:
        ours = store()
        made = ours.put(make(record(modified=OLD)), "all.zip").database
        assert ours.registry.tags(REPOSITORY) == [f"osv-2026.11.01-{made.digest.short}"]

    @pytest.mark.parametrize(
        "change",
        [
            {"artifactType": "application/json"},
            {"annotations": {}},
            {"layers": []},
            {"layers": [{"digest": "sha256:0"}]},
        ],
        ids=["another type", "no notes", "no files", "no digest"],
    )
    def test_another_manifest_is_no_database(
        self, make: Callable[..., Content], change: dict[str, Any]
    ) -> None:
        ours = store()
        made = ours.put(make(record()), "all.zip").database
        held = ours.registry.manifest(REPOSITORY, made.digest)
        body = json.loads(held.content) | change
        with pytest.raises(IntegrityError):
            artifact.read(replace(held, content=json.dumps(body).encode()), "what")

    def test_a_name_that_is_not_its_own_is_refused(self, make: Callable[..., Content]) -> None:
        ours = store()
        made = ours.put(make(record()), "all.zip").database
        with pytest.raises(IntegrityError, match="was imported as grype"):
            ours.artifact(replace(made, name="grype"))


class TestPut:
    def test_the_same_content_is_nothing_new(self, make: Callable[..., Content]) -> None:
        ours = store()
        first = ours.put(make(record()), "all.zip")
        again = ours.put(make(record()), "copy.zip")
        assert (first.new, again.new) == (True, False)
        assert again.database == first.database
        assert len(ours.catalog.databases()) == 1

    def test_one_ecosystem_leaves_the_others(self, make: Callable[..., Content]) -> None:
        ours = store()
        ours.put(make(record()), "debian.zip")
        ours.put(make(pypi()), "pypi.zip")
        made = ours.put(make(record(), record("DEBIAN-CVE-2026-2")), "debian.zip").database
        held = {layer.path: layer.records for layer in ours.artifact(made).layers}
        assert held == {"Debian/all.zip": 2, "PyPI/all.zip": 1}
        assert ours.current(OSV) == made

    def test_alone_it_leaves_none(self, make: Callable[..., Content]) -> None:
        ours = store()
        ours.put(make(record()), "debian.zip")
        made = ours.put(make(pypi()), "pypi.zip", alone=True).database
        assert [layer.path for layer in ours.artifact(made).layers] == ["PyPI/all.zip"]

    def test_one_of_the_future_is_refused(self, make: Callable[..., Content]) -> None:
        ours = store()
        with pytest.raises(InputError, match="is from the future"):
            ours.put(make(record(modified="2026-11-24T12:10:00Z")), "all.zip")
        assert ours.catalog.databases() == []
        assert ours.registry.tags(REPOSITORY) == []
        assert ours.put(make(record(modified="2026-11-24T12:04:00Z")), "all.zip").new, "a clock's error"

    def test_an_older_one_is_refused_unless_it_is_asked_for(self, make: Callable[..., Content]) -> None:
        ours = store()
        current = ours.put(make(record(modified=NEW), record("DEBIAN-CVE-2026-2")), "new.zip").database
        with pytest.raises(InputError, match="is older than the current one's"):
            ours.put(make(record(modified=OLD)), "old.zip")
        assert ours.current(OSV) == current
        back = ours.put(make(record(modified=OLD)), "old.zip", older=True).database
        assert ours.current(OSV) == back
        assert ours.put(make(record(modified=NEW), record("DEBIAN-CVE-2026-2")), "new.zip").new
        assert ours.current(OSV) is not None
        assert [one.digest for one in ours.catalog.databases(OSV)] == [current.digest, back.digest]

    def test_half_of_one_is_refused_unless_it_is_asked_for(self, make: Callable[..., Content]) -> None:
        """A new record would make a piece of a database look like all of it."""
        ours = store()
        whole = ours.put(make(*(record(f"DEBIAN-CVE-2026-{number}") for number in range(100))), "all.zip")
        piece = make(*(record(f"DEBIAN-CVE-2026-{number}", modified=NEW) for number in range(49)))
        with pytest.raises(InputError, match="less than half of the current one's"):
            ours.put(piece, "piece.zip")
        assert ours.current(OSV) == whole.database
        assert ours.put(piece, "piece.zip", older=True).database.records == 49
        assert ours.put(make(record(modified=NEW)), "few.zip").new, "of few records some may go"

    def test_an_older_ecosystem_beside_newer_ones_is_no_older_one(self, make: Callable[..., Content]) -> None:
        ours = store()
        ours.put(make(record(modified=NEW)), "debian.zip")
        made = ours.put(make(pypi(modified=OLD)), "pypi.zip").database
        assert ours.current(OSV) == made
        assert made.built.isoformat() == "2026-11-01T00:00:00+00:00", "it is as old as its oldest part"

    def test_of_two_at_once_both_come_in(self, make: Callable[..., Content]) -> None:
        class Racing(FakeCatalog):
            other: Callable[[], object] | None = None

            def propose_database(
                self, database: AdvisoryDatabase, instead_of: Digest | None
            ) -> AdvisoryDatabase:
                other, self.other = self.other, None
                if other:
                    other()
                return super().propose_database(database, instead_of)

        catalog = Racing()
        ours = store(catalog=catalog)
        catalog.other = lambda: ours.put(make(pypi()), "pypi.zip")
        made = ours.put(make(record()), "debian.zip").database
        assert [layer.path for layer in ours.artifact(made).layers] == ["Debian/all.zip", "PyPI/all.zip"]
        assert ours.current(OSV) == made

    def test_it_does_not_race_for_ever(self, make: Callable[..., Content]) -> None:
        class Losing(FakeCatalog):
            def propose_database(
                self, database: AdvisoryDatabase, instead_of: Digest | None
            ) -> AdvisoryDatabase:
                return replace(database, digest=Digest.of(b"other"))

        with pytest.raises(ServiceError, match="too many at once"):
            store(catalog=Losing()).put(make(record()), "all.zip")

    def test_parts_that_are_gone_are_not_left_out_in_silence(self, make: Callable[..., Content]) -> None:
        ours = store()
        lost = ours.put(make(record()), "debian.zip").database
        ours.registry.delete_manifest(REPOSITORY, lost.digest)
        with pytest.raises(InputError, match="whose other parts would stay"):
            ours.put(make(pypi()), "pypi.zip")
        assert ours.put(make(pypi()), "pypi.zip", alone=True).new

    def test_what_the_registry_lost_is_put_there_again(self, make: Callable[..., Content]) -> None:
        ours = store()
        lost = ours.put(make(record()), "debian.zip").database
        ours.registry.delete_manifest(REPOSITORY, lost.digest)
        assert not ours.put(make(record()), "debian.zip", alone=True).new
        assert ours.artifact(lost).records == 1

    def test_the_namespace_may_be_empty(self, make: Callable[..., Content]) -> None:
        ours = store(organisation=Organisation.model_validate({"schema": 1, "registry": {"namespace": ""}}))
        ours.put(make(record()), "all.zip")
        assert ours.registry.repositories() == ["advisories"]


@pytest.mark.parametrize("call", range(1, 9))
def test_killed_at_any_call_the_next_try_goes_on(make: Callable[..., Content], call: int) -> None:
    """Nobody sees half: what the catalog knows, the registry holds whole."""

    class Killed(BaseException):
        pass

    class Dying(FakeRegistry):
        left = call

        def _check(self) -> None:
            self.left -= 1
            if self.left == 0:
                raise Killed
            super()._check()

    class DyingCatalog(FakeCatalog):
        left = call

        def _answer(self) -> None:
            self.left -= 1
            if self.left == 0:
                raise Killed
            super()._answer()

    dying, forgetting = Dying(), DyingCatalog()
    for registry, catalog in ((dying, FakeCatalog()), (FakeRegistry(), forgetting)):
        ours: Store = store(registry=registry, catalog=catalog)
        with suppress(Killed):
            ours.put(make(record()), "all.zip")
        dying.left = forgetting.left = 0
        for known in ours.catalog.databases():
            assert ours.artifact(known)
        made = ours.put(make(record()), "all.zip").database
        assert ours.catalog.databases() == [made]
        assert ours.artifact(made).records == 1
        forgetting.left = call


def test_a_registry_that_is_down_is_told(make: Callable[..., Content]) -> None:
    ours = store()
    ours.put(make(record()), "all.zip")
    ours.registry.down = True  # type: ignore[attr-defined]
    with pytest.raises(RegistryError):
        ours.put(make(pypi()), "pypi.zip")
