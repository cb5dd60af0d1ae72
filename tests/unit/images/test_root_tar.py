"""One form for a layer, whatever a tool wrote."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from golden_images.errors import IntegrityError
from golden_images.images.root_tar import rewrite

EPOCH = 1_700_000_000


def entry(name: str, content: bytes | None = None, **fields: Any) -> tuple[tarfile.TarInfo, bytes | None]:
    """A file with ``content``, else a folder."""
    made = tarfile.TarInfo(name)
    made.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
    made.mode = 0o755 if content is None else 0o644
    made.size = len(content or b"")
    for key, value in fields.items():
        setattr(made, key, value)
    return made, content


def written(
    path: Path, *entries: tuple[tarfile.TarInfo, bytes | None], form: int = tarfile.PAX_FORMAT
) -> Path:
    with tarfile.open(path, "w", format=form) as archive:
        for made, content in entries:
            archive.addfile(made, io.BytesIO(content) if content is not None else None)
    return path


def rewritten(source: Path) -> bytes:
    sink = io.BytesIO()
    rewrite(source, sink, epoch=EPOCH)
    return sink.getvalue()


def members(content: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = archive.getmembers()
    assert len({member.name for member in found}) == len(found), "a path comes twice"
    return {member.name: member for member in found}


def test_dev_is_there_once_and_empty(tmp_path: Path) -> None:
    """mmdebstrap leaves it out (1.3), or writes it (1.5), or it has been added to what it wrote."""
    device = entry("./dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    roots = [
        written(tmp_path / "none.tar", entry("./"), entry("./etc/")),
        written(tmp_path / "one.tar", entry("./"), entry("./dev/", mode=0o700), device, entry("./etc/")),
        written(tmp_path / "two.tar", entry("./"), entry("./dev/"), entry("./etc/"), entry("./dev")),
    ]
    made = {rewritten(root) for root in roots}
    assert len(made) == 1
    found = members(made.pop())
    assert list(found) == [".", "./etc", "./dev"]
    assert (found["./dev"].isdir(), found["./dev"].mode) == (True, 0o755)


def test_the_first_entry_of_a_folder_counts(tmp_path: Path) -> None:
    root = written(
        tmp_path / "root.tar", entry("./a/", mode=0o750), entry("./a/b", b"b"), entry("a", mode=0o777)
    )
    assert members(rewritten(root))["./a"].mode == 0o750


def test_a_file_that_comes_twice_is_refused(tmp_path: Path) -> None:
    root = written(tmp_path / "root.tar", entry("./a", b"one"), entry("./b", b""), entry("a", b"two"))
    with pytest.raises(IntegrityError, match="/a twice"):
        rewritten(root)


def test_content_links_devices_and_attributes_stay(tmp_path: Path) -> None:
    root = written(
        tmp_path / "root.tar",
        entry("./bin/"),
        entry("./bin/su", b"su", mode=0o4755, uid=0, gid=42, pax_headers={"SCHILY.xattr.user.a": "b"}),
        entry("./bin/again", type=tarfile.LNKTYPE, linkname="./bin/su"),
        entry("./sbin", type=tarfile.SYMTYPE, linkname="bin"),
        entry("./" + "long/" * 40 + "name", b"long"),
    )
    content = rewritten(root)
    found = members(content)
    su = found["./bin/su"]
    assert (su.mode, su.uid, su.gid) == (0o4755, 0, 42)
    assert su.pax_headers["SCHILY.xattr.user.a"] == "b"
    assert (found["./bin/again"].islnk(), found["./bin/again"].linkname) == (True, "./bin/su")
    assert (found["./sbin"].issym(), found["./sbin"].linkname) == (True, "bin")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for name, expected in (("./bin/su", b"su"), ("./" + "long/" * 40 + "name", b"long")):
            file = archive.extractfile(name)
            assert file is not None
            assert file.read() == expected


def test_names_of_owners_fractions_of_seconds_and_later_times_are_dropped(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain.tar", entry("./a", b"a", mtime=5), entry("./b", b"b", mtime=EPOCH))
    other = written(
        tmp_path / "other.tar",
        entry("a", b"a", mtime=5.25, uname="root", gname="root"),
        entry("./b", b"b", mtime=EPOCH + 1000),
        form=tarfile.GNU_FORMAT,
    )
    assert rewritten(plain) == rewritten(other)
