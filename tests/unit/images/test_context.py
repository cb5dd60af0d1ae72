"""The canonical archive of a build context."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from golden_images.core.digest import Digest
from golden_images.core.plan import BuildPlan, Inputs
from golden_images.core.reason import Reason, Why
from golden_images.errors import InputError, IntegrityError
from golden_images.images import context, plan_artifact
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import NOW


def make(folder: Path) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM x\n")
    (folder / "tests" / "test_a.py").write_text("")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o700)
    (folder / "link").symlink_to("run.sh")
    return folder


def packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    assert context.archive(folder, buffer) == Digest.of(buffer.getvalue())
    return buffer.getvalue()


def test_same_files_same_digest_whatever_their_times_owners_and_caches(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    os.utime(second / "Dockerfile", (1, 1))
    (second / "Dockerfile").chmod(0o600)
    (second / "tests" / "__pycache__").mkdir()
    (second / "tests" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert packed(first) == packed(second)


@pytest.mark.parametrize("change", ["content", "name", "executable"])
def test_what_an_image_could_notice_changes_the_digest(tmp_path: Path, change: str) -> None:
    folder = make(tmp_path / "a")
    before = context.digest_of(folder)
    if change == "content":
        (folder / "Dockerfile").write_text("FROM y\n")
    elif change == "name":
        (folder / "Dockerfile").rename(folder / "Containerfile")
    else:
        (folder / "Dockerfile").chmod(0o755)
    assert context.digest_of(folder) != before


def test_archive_is_no_pax_archive(tmp_path: Path) -> None:
    folder = make(tmp_path / "a")
    (folder / ("ä" * 120)).write_text("")
    assert b"PaxHeader" not in packed(folder)


def test_extract_gives_the_same_context(tmp_path: Path) -> None:
    content = packed(make(tmp_path / "a"))
    (tmp_path / "b").mkdir()
    context.extract(io.BytesIO(content), tmp_path / "b")
    assert packed(tmp_path / "b") == content
    assert os.access(tmp_path / "b" / "run.sh", os.X_OK)


def test_the_engine_is_not_sent_the_tests(tmp_path: Path) -> None:
    archive = io.BytesIO(packed(make(tmp_path / "a")))
    with context.sent(archive, "tests") as rest, tarfile.open(fileobj=rest) as tar:
        assert tar.getnames() == ["Dockerfile", "link", "run.sh"]


def test_the_engine_is_sent_a_file_as_it_was_rewritten(tmp_path: Path) -> None:
    archive = io.BytesIO(packed(make(tmp_path / "a")))
    rewritten = {"./Dockerfile": lambda content: content + b"RUN true\n"}
    with context.sent(archive, "tests", rewritten) as rest, tarfile.open(fileobj=rest) as tar:
        file = tar.extractfile("Dockerfile")
        assert file is not None
        assert file.read() == b"FROM x\nRUN true\n"
        assert tar.getnames() == ["Dockerfile", "link", "run.sh"]


def test_a_context_is_never_held_in_memory(tmp_path: Path) -> None:
    size = 32 * 1024 * 1024
    (tmp_path / "a").mkdir()
    with (tmp_path / "a" / "large").open("wb") as file:
        file.truncate(size)
    (tmp_path / "b").mkdir()
    registry = FakeRegistry("registry.test:5000")
    inputs = Inputs(image="x", definition={}, context=context.digest_of(tmp_path / "a"))
    plan = BuildPlan(inputs=inputs, definition={}, reason=Reason(why=Why.NEW), date=NOW, source_date_epoch=0)
    with (tmp_path / "context.tar").open("wb") as file:
        context.archive(tmp_path / "a", file)
    pushed = plan_artifact.push(registry, "golden/x", plan, tmp_path / "context.tar")
    tracemalloc.start()
    try:
        with plan_artifact.open_context(registry, "golden/x", pushed) as archive:
            context.extract(archive, tmp_path / "b")
            archive.seek(0)
            with context.sent(archive, "tests") as rest:
                assert rest.seek(0, io.SEEK_END) > size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "b" / "large").stat().st_size == size
    assert peak < size / 4, f"{peak} bytes at once"


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "evil"])
def test_link_out_of_the_context_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_text("secret")
    folder = make(tmp_path / "a")
    (folder / "evil").symlink_to(target)
    with pytest.raises(InputError, match="leaves the build context"):
        context.digest_of(folder)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
def test_extract_refuses_members_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(IntegrityError):
        context.extract(io.BytesIO(buffer.getvalue()), tmp_path)


def test_missing_context_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: there is no such build context"):
        context.digest_of(tmp_path / "nowhere")
