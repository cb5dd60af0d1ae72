"""What ``golden-images backfill`` prints, over fakes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golden_images.cli import main
from golden_images.cli.services import Services
from golden_images.core.digest import Digest
from golden_images.core.partition import PartitionKey
from golden_images.core.release import BaseVersion
from golden_images.project import load
from tests.fakes.backfills import FakeBackfills
from tests.fakes.registry import FakeRegistry
from tests.golden import shop as shops
from tests.golden.compare import Golden
from tests.golden.shop import Shop
from tests.golden.test_cli import FORMATS, Capture, stable
from tests.services.images import push_image

BASE = "docker.io/library/debian:bookworm-slim"
WINDOW = ("--from", "2026-10-01", "--to", "2026-11-01T00:00+01:00")
ON_FRESH = """\
schema: 1
name: on-fresh
description: An image on an image.
owner: web
base: {image: fresh}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Four versions of the base in October: built on, new, gone, and one with a run without release."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    shop = shops.build(tmp_path)
    (tmp_path / "include" / "images" / "on-fresh.yaml").write_text(ON_FRESH)
    shop.world.externals["docker.io"] = registry = FakeRegistry("docker.io")
    digests = [push_image(registry, "library/debian", note, tag="x") for note in (b"1", b"2", b"3")]
    digests.insert(2, Digest.of(b"gone"))
    for day, digest in enumerate(digests, start=1):
        tag = f"bookworm-2026100{day}-slim" if day != 3 else ""
        shop.world.catalog.record_base_version(BaseVersion(BASE, digest, at(day), tag=tag, source="tags"))
    definition = load(tmp_path).definitions["fresh"]
    shop.world.run(definition, backfill=True, base_digest=digests[0], date=at(1), run_id="before")
    return shop


def at(day: int) -> datetime:
    return datetime(2026, 10, day, 4, 30, tzinfo=UTC)


def services(shop: Shop, *, running: bool = False) -> tuple[Services, FakeBackfills]:
    """Airflow with a run of the newest version already."""
    newest = shop.world.catalog.base_versions(BASE)[-1]
    ran = [str(PartitionKey(newest.at, newest.digest))]
    fake = FakeBackfills(shop.world.catalog, BASE, ran=ran, running=running)
    return replace(shop.services(), backfills=lambda: fake), fake


@FORMATS
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dry", ()),
        ("dry-again", ("--reprocess-behavior", "completed", "--run-backwards", "--cascade")),
    ],
)
def test_dry_run(
    shop: Shop, golden: Golden, capsys: Capture, name: str, options: tuple[str, ...], suffix: str
) -> None:
    wired, fake = services(shop)
    as_json = ["--json"] if suffix == "json" else []
    capsys.readouterr()
    before = shop.world.catalog.decisions("fresh")
    # Of the versions that would get a run, one is gone.
    assert main(["backfill", "fresh", *WINDOW, "--dry-run", *options, *as_json], wired) == 1
    golden(f"cli/backfill-{name}.{suffix}", stable(capsys.readouterr().out))
    assert fake.made == []
    assert shop.world.catalog.decisions("fresh") == before


def test_dry_run_of_a_window_without_versions(shop: Shop, capsys: Capture) -> None:
    window = ("--from", "2020-01-01", "--to", "2020-02-01")
    assert main(["backfill", "fresh", *window, "--dry-run"], services(shop)[0]) == 0
    assert "the ledger knows no version of docker.io/library/debian:bookworm-slim" in capsys.readouterr().out


@FORMATS
def test_create(shop: Shop, golden: Golden, capsys: Capture, suffix: str) -> None:
    wired, fake = services(shop)
    as_json = ["--json"] if suffix == "json" else []
    options = ("--cascade", "--max-active-runs", "2", "--reprocess-behavior", "failed")
    assert main(["backfill", "fresh", *WINDOW, *options, *as_json], wired) == 0
    golden(f"cli/backfill-made.{suffix}", stable(capsys.readouterr().out))
    (made,) = fake.made
    assert (made.dag_id, made.reprocess, made.max_active_runs) == ("golden_images.fresh", "failed", 2)
    assert (made.since, made.until) == (
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )
    assert dict(made.conf) == {"cascade": True}


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_an_image_without_a_base_is_refused(shop: Shop, capsys: Capture, dry: tuple[str, ...]) -> None:
    wired, fake = services(shop)
    assert main(["backfill", "root", *WINDOW, *dry], wired) == 1
    assert capsys.readouterr().err == (
        "error: root cannot be backfilled\n"
        "  cause:  it is bootstrapped from its distribution's archive: it has no base with past versions\n"
        "  remedy: backfill the images built on it; to build it again, trigger it with force\n"
    )
    assert fake.made == []


def test_a_running_backfill_is_an_error_of_the_input(shop: Shop, capsys: Capture) -> None:
    assert main(["backfill", "fresh", *WINDOW], services(shop, running=True)[0]) == 1
    assert "there is a running backfill of this image" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "yesterday", "--to", "2026-11-01"),
        ("--from", "2026-11-01"),
        (*WINDOW, "--max-active-runs", "0"),
    ],
)
def test_wrong_usage(shop: Shop, arguments: tuple[str, ...]) -> None:
    assert main(["backfill", "fresh", *arguments], services(shop)[0]) == 2


def test_a_registry_that_does_not_answer_is_no_base_that_is_gone(shop: Shop, capsys: Capture) -> None:
    registry = shop.world.externals["docker.io"]
    assert isinstance(registry, FakeRegistry)
    registry.down = True
    assert main(["backfill", "fresh", *WINDOW, "--dry-run", "--json"], services(shop)[0]) == 3
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"]["type"] == "RegistryError"
    assert json.dumps("gone") not in captured.out
