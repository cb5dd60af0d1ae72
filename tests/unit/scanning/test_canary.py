"""A canary is of the image's own distribution, and in the database itself where that can be read."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golden_images.core.digest import Digest
from golden_images.core.inventory import inventory
from golden_images.core.scanning import Database
from golden_images.ports import Mounted
from golden_images.scanning.canary import canary


def record(id_: str, ecosystem: str, name: str, introduced: str = "0", **more: Any) -> dict[str, Any]:
    span = {"type": "ECOSYSTEM", "events": [{"introduced": introduced}, {"fixed": "2"}]}
    return {
        "id": id_,
        "modified": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": [span]}],
        **more,
    }


def database(folder: Path, name: str = "osv", **records: list[dict[str, Any]]) -> Mounted:
    for ecosystem, listed in records.items():
        (folder / ecosystem).mkdir(parents=True)
        with zipfile.ZipFile(folder / ecosystem / "all.zip", "w") as made:
            for number, one in enumerate(listed):
                made.writestr(f"{number}.json", json.dumps(one))
    digest = Digest.of(json.dumps(records).encode())
    about = Database(name=name, built=datetime(2026, 1, 1, tzinfo=UTC), digest=digest, records=1)
    return Mounted(about, folder)


def found(kind: str, system: str, of: Mounted | None) -> tuple[str, list[str]]:
    made = canary(kind, system, of)
    assert made is not None
    return made.id, [one.purl for one in inventory(made.sbom).packages]


def test_by_the_databases_first_record_that_will_do(tmp_path: Path) -> None:
    of = database(
        tmp_path,
        Debian=[
            record("D-0", "Debian:12", "gone", withdrawn="2026-01-01T00:00:00Z"),
            record("D-1", "Debian:11", "other"),
            {"id": "D-2", "affected": [{"package": {"ecosystem": "Debian:12", "name": "bare"}}]},
            record("D-3", "Debian:12", "libc++"),
            record("D-4", "Debian:12", "zlib"),
        ],
        PyPI=[record("P-1", "PyPI", "flask", introduced="1.2")],
        npm=[record("N-1", "npm", "@scope/thing")],
    )
    assert found("deb", "debian-12", of) == (
        "D-3",
        ["pkg:deb/debian/libc%2B%2B@0?arch=amd64&distro=debian-12"],
    )
    assert found("deb", "debian-12.5", of)[0] == "D-3"
    assert found("pypi", "debian-12", of) == ("P-1", ["pkg:pypi/flask@1.2"])
    assert found("npm", "debian-12", of) == ("N-1", ["pkg:npm/%40scope/thing@0.0.0"])


@pytest.mark.parametrize(
    ("kind", "system", "ecosystem", "release"),
    [
        ("deb", "ubuntu-22.04", "Ubuntu", "Ubuntu:22.04:LTS"),
        ("apk", "alpine-3.20.1", "Alpine", "Alpine:v3.20"),
    ],
)
def test_a_release_has_other_words_in_an_image(
    tmp_path: Path, kind: str, system: str, ecosystem: str, release: str
) -> None:
    of = database(
        tmp_path, **{ecosystem: [record("A-1", f"{ecosystem}:7", "a"), record("A-2", release, "b")]}
    )
    assert found(kind, system, of)[0] == "A-2"


def test_a_record_that_affects_nothing_is_none(tmp_path: Path) -> None:
    """Its fix is as old as all that there is."""
    of = database(
        tmp_path, Debian=[record("D-1", "Debian:12", "a", introduced="2"), record("D-2", "Debian:12", "b")]
    )
    assert found("deb", "debian-12", of)[0] == "D-2"


@pytest.mark.parametrize("content", [b"", b"PK", b"{}"])
def test_by_old_packages_where_the_database_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Debian").mkdir()
    (tmp_path / "Debian" / "all.zip").write_bytes(content)
    id_, purls = found("deb", "debian-12", database(tmp_path))
    assert id_ == ""
    assert "pkg:deb/debian/openssl@0?arch=amd64&distro=debian-12" in purls


def test_by_old_packages_for_databases_of_another_form(tmp_path: Path) -> None:
    of = database(tmp_path, "grype", Debian=[record("D-1", "Debian:12", "zlib")])
    for mounted in (of, None):
        id_, purls = found("pypi", "debian-12", mounted)
        assert (id_, "pkg:pypi/urllib3@1.24.1" in purls) == ("", True)


def test_a_distribution_that_the_database_does_not_have(tmp_path: Path) -> None:
    """Then nothing old is found in it either."""
    of = database(tmp_path, Debian=[record("D-1", "Debian:12", "zlib")])
    assert found("deb", "debian-13", of)[0] == ""
    assert "operating-system" in str(canary("deb", "debian-13", of))


def test_none_for_what_nobody_lists() -> None:
    assert canary("generic", "debian-12", None) is None
