"""``golden-images bases`` over fakes: what is recorded, what is refused, how it ends."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from golden_images.cli import main
from golden_images.core.digest import Digest
from golden_images.core.release import BaseVersion
from golden_images.core.watching import Watched
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import NOW
from tests.golden import shop as shops
from tests.golden.shop import Shop
from tests.services.images import push_image

Capture = pytest.CaptureFixture[str]

HUB = "docker.io/library/debian:bookworm-slim"
A, B = Digest.of(b"A"), Digest.of(b"B")
DATED = r"versions: {tags: 'bookworm-(?P<date>\d{8})-slim'}"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = shops.build(tmp_path)
    made.world.externals["docker.io"] = FakeRegistry("docker.io")
    return made


def call(shop: Shop, capsys: Capture, *arguments: str, code: int = 0) -> Any:
    """The JSON of a command, which has to end with ``code``."""
    capsys.readouterr()
    assert main(["bases", *arguments, "--json"], shop.services()) == code
    return json.loads(capsys.readouterr().out)


def dated(shop: Shop) -> None:
    fresh = shop.root / "include" / "images" / "fresh.yaml"
    fresh.write_text(fresh.read_text().replace('slim"}', f'slim", {DATED}}}'))


class TestImport:
    def test_a_file_is_taken_over_once(self, shop: Shop, capsys: Capture) -> None:
        (shop.root / "past.csv").write_text(
            f"base,digest,at\ndebian:bookworm-slim,{A},2024-11-11\nroot,{B},2025-01-01\n"
        )
        assert call(shop, capsys, "import", "past.csv") == {"read": 2, "recorded": 2, "problems": []}
        assert call(shop, capsys, "import", "past.csv")["recorded"] == 0
        assert [one.digest for one in shop.world.catalog.base_versions(HUB)] == [A]
        assert [one.digest for one in shop.world.catalog.base_versions("root")] == [B]

    def test_any_order_and_duplicates_end_in_the_same_ledger(self, shop: Shop, capsys: Capture) -> None:
        rows = [f"{HUB},{digest},2024-11-{day:02}" for day, digest in ((3, A), (1, A), (2, B), (1, A))]
        (shop.root / "past.csv").write_text("base,digest,at\n" + "\n".join(rows))
        assert call(shop, capsys, "import", "past.csv")["recorded"] == 3
        versions = call(shop, capsys, "list", "debian:bookworm-slim")["versions"]
        assert [(one["at"][:10], one["digest"]) for one in versions] == [
            ("2024-11-03", A),  # the tag moved back
            ("2024-11-02", B),
            ("2024-11-01", A),
        ]

    def test_one_wrong_line_and_nothing_is_recorded(self, shop: Shop, capsys: Capture) -> None:
        (shop.root / "past.csv").write_text(f"base,digest,at\n{HUB},{A},2024-11-11\n{HUB},{B},tomorrow\n")
        found = call(shop, capsys, "import", "past.csv", code=1)
        assert [(one["path"], one["line"], one["field"]) for one in found["problems"]] == [
            ("past.csv", 3, "at")
        ]
        assert shop.world.catalog.base_versions(HUB) == []
        assert main(["bases", "import", "past.csv"], shop.services()) == 1
        assert capsys.readouterr().out.startswith("past.csv:3:1: at: 'tomorrow' is no time")

    def test_a_fast_clock_is_refused_at_its_line(self, shop: Shop, capsys: Capture) -> None:
        ahead = NOW + timedelta(days=3, hours=1)
        (shop.root / "past.csv").write_text(f"base,digest,at\n{HUB},{A},{ahead.isoformat()}\n")
        (problem,) = call(shop, capsys, "import", "past.csv", code=1)["problems"]
        assert "lies in the future" in problem["message"]

    def test_a_command_is_a_source_through_a_pipe(
        self, shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = json.dumps({"base": HUB, "digest": A, "at": "2024-11-11T00:00:00Z"})
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(line.encode())))
        assert call(shop, capsys, "import", "-")["recorded"] == 1

    def test_a_missing_file_is_wrong_usage(self, shop: Shop) -> None:
        assert main(["bases", "import", "nowhere.csv"], shop.services()) == 2


class TestSync:
    def test_dated_tags_are_taken_over(self, shop: Shop, capsys: Capture) -> None:
        dated(shop)
        registry = shop.world.externals["docker.io"]
        digest = push_image(registry, "library/debian", b"A", tag="bookworm-20241111-slim")
        push_image(registry, "library/debian", b"A", tag="bookworm-slim")
        (result,) = call(shop, capsys, "sync")
        assert (result["base"], result["matched"], result["recorded"]) == (HUB, 1, 1)
        assert [one.digest for one in shop.world.catalog.base_versions(HUB)] == [digest]
        assert call(shop, capsys, "sync", "debian:bookworm-slim")[0]["recorded"] == 0

    def test_a_tag_without_a_date_is_told_and_ends_with_1(self, shop: Shop, capsys: Capture) -> None:
        dated(shop)
        registry = shop.world.externals["docker.io"]
        push_image(registry, "library/debian", b"A", tag="bookworm-20241399-slim")
        (result,) = call(shop, capsys, "sync", code=1)
        assert "'20241399' is no date" in result["problems"][0]

    def test_a_registry_that_is_down_ends_with_3(self, shop: Shop) -> None:
        dated(shop)
        registry = shop.world.externals["docker.io"]
        assert isinstance(registry, FakeRegistry)
        registry.down = True
        assert main(["bases", "sync"], shop.services()) == 3

    def test_without_a_pattern_there_is_nothing_to_take_over(self, shop: Shop, capsys: Capture) -> None:
        assert call(shop, capsys, "sync") == []
        assert main(["bases", "sync", "debian:bookworm-slim"], shop.services()) == 2
        assert "base.versions.tags" in capsys.readouterr().err


class TestList:
    def test_every_base_with_its_newest_version_and_what_is_pending(
        self, shop: Shop, capsys: Capture
    ) -> None:
        catalog = shop.world.catalog
        catalog.record_base_version(BaseVersion(HUB, A, NOW, ("linux/amd64",), "bookworm-slim"))
        catalog.observe([Watched(HUB, B, NOW + timedelta(days=1))])
        found = {one["base"]: one for one in call(shop, capsys, "list")}
        assert set(found) == {HUB, "root"}
        assert found[HUB]["images"] == ["fresh"]
        assert found[HUB]["latest"]["digest"] == A
        assert found[HUB]["pending"] == {"digest": B, "since": "2026-11-24T02:00:00Z"}
        assert found["root"] == {
            "base": "root",
            "images": ["child"],
            "versions": 0,
            "latest": None,
            "pending": None,
        }

    def test_the_table_is_for_people(self, shop: Shop, capsys: Capture) -> None:
        shop.world.catalog.record_base_version(BaseVersion(HUB, A, NOW, ("linux/amd64",), "bookworm-slim"))
        assert main(["bases", "list"], shop.services()) == 0
        assert f"{HUB}  1" in capsys.readouterr().out
        assert main(["bases", "list", "debian:bookworm-slim"], shop.services()) == 0
        assert f"2026-11-23T02:00:00Z  {A}  bookworm-slim  linux/amd64  watch" in capsys.readouterr().out

    def test_an_unknown_base_gets_a_suggestion(self, shop: Shop, capsys: Capture) -> None:
        assert main(["bases", "list", "debian:bookwurm-slim"], shop.services()) == 1
        assert f"did you mean {HUB}?" in capsys.readouterr().err
