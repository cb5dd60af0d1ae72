"""A bbolt file is read as bbolt wrote it, or not at all."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest

from golden_images.advisories.formats import bolt
from tests.fakes import databases


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return databases.trivy(tmp_path / "db") / "trivy.db"


def read(file: Path) -> dict[tuple[bytes, ...], bytes]:
    with bolt.opened(file) as opened:
        return dict(opened.values())


def test_every_value_is_found_with_its_buckets(file: Path) -> None:
    found = read(file)
    assert found[b"debian 12", b"openssl", b"CVE-2026-1"] == b'{"FixedVersion":"3.0.15-1~deb12u1"}'
    assert found[b"vulnerability", b"CVE-2026-1"] == b'{"Severity":"HIGH"}'
    linux = [path[2] for path in found if path[:2] == (b"debian 12", b"linux")]
    assert linux == [f"CVE-2025-{10000 + number}".encode() for number in range(300)], "over several pages"
    assert len(found) == databases.TRIVY_RECORDS + 2


def test_of_its_two_beginnings_the_sound_one_is_taken(file: Path) -> None:
    whole = file.read_bytes()
    for start in (0, 4096):
        file.write_bytes(whole[: start + 20] + b"\xff" * 40 + whole[start + 60 :])
        with bolt.opened(file) as opened:
            list(opened.values())
    file.write_bytes(b"\0" * 8192 + whole[8192:])
    with pytest.raises(ValueError, match="no bbolt file"):
        read(file)


@pytest.mark.parametrize("size", [0, 100, 4096, 8192, 20000, 100_000])
def test_one_that_is_cut_off_is_refused(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"cut off|too short"):
        read(file)


def test_whatever_a_byte_is_turned_into_it_ends(file: Path) -> None:
    """In all its values, in others, or in ValueError; never in another error, nor in none."""
    whole = bytearray(file.read_bytes())
    for page in range(len(whole) // 4096):
        for offset in (8, 10, 12, 16, 17, 20, 24, 28, 32, 36, 40):
            altered = whole.copy()
            altered[page * 4096 + offset] ^= 0xFF
            file.write_bytes(altered)
            with suppress(ValueError):
                read(file)


def test_a_circle_of_pages_is_noticed(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    for page in range(2, len(whole) // 4096):
        start = page * 4096
        _, flags, count, _ = struct.unpack_from("<QHHI", whole, start)
        if flags == 1 and count:
            struct.pack_into("<Q", whole, start + 24, page)
            file.write_bytes(whole)
            with pytest.raises(ValueError, match="is there twice"):
                read(file)
            return
    pytest.fail("the fixture has no branch")


def made(path: Path, size: int, *pages: bytes) -> Path:
    """A file of so large pages, the first of ``pages`` being the root."""
    meta = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, size, 0, 2, 0, 0, 2 + len(pages), 1)
    first = struct.pack("<QHHI", 0, 4, 0, 0) + meta + struct.pack("<Q", bolt._fnv(meta[:56]))
    path.write_bytes(b"".join(one.ljust(size, b"\0") for one in (first, b"", *pages)))
    return path


def test_buckets_that_lie_in_each_other_are_no_more_than_the_file_holds(tmp_path: Path) -> None:
    """Of four levels each entry names the same bucket below: 160,000 values in four pages' worth of bytes."""
    many, bucket = 20, struct.pack("<QQ", 0, 0)
    inner = b""
    for level in range(4):
        entries = b""
        for number in range(many):
            kind = 1 if level else 0
            entries += struct.pack("<IIII", kind, (many - number) * 16, 0, len(inner))
        page = struct.pack("<QHHI", 2, 2, many, 0) + entries + inner
        inner = bucket + page
    with pytest.raises(ValueError, match="more than"):
        read(made(tmp_path / "trivy.db", 65536, page))


def test_values_that_lie_in_each_other_are_no_more_than_the_file_holds(tmp_path: Path) -> None:
    entries = b"".join(struct.pack("<IIII", 0, (1000 - number) * 16, 4, 40_000) for number in range(1000))
    page = struct.pack("<QHHI", 2, 2, 1000, 0) + entries
    with pytest.raises(ValueError, match="more than"):
        read(made(tmp_path / "trivy.db", 65536, page))


def test_a_tree_without_end_is_refused(tmp_path: Path) -> None:
    pages = [
        struct.pack("<QHHI", 2 + number, 1, 1, 0) + struct.pack("<IIQ", 0, 0, 3 + number)
        for number in range(3000)
    ]
    with pytest.raises(ValueError, match="nested too deep"):
        read(made(tmp_path / "trivy.db", 512, *pages))
