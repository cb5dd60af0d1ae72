"""A Dockerfile that has the engine take from an image, and hides that from who pins it."""

from __future__ import annotations

import io
import tarfile

import pytest

from golden_images.core.stage_bases import found, pinned
from golden_images.errors import InputError, IntegrityError
from golden_images.images import context

HEAD = "ARG BASE\nFROM ${BASE} AS b\n"
TAIL = "\nFROM ${BASE}\n"
PIN = "docker.io/library/evil@sha256:" + "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "RUN echo a\\\\\nFROM evil AS x",
        HEAD + "FR\\\nOM evil AS x",
        "# escape=\n" + HEAD + "FROM evil AS x",
        "# no_directive=1\n# escape=`\n" + HEAD + "RUN echo `\nFROM evil AS x",
        HEAD + 'RUN echo "a <<EOF b"\nFROM evil AS x',
        HEAD + "RUN echo it's <<EOF\nFROM evil AS x",
        HEAD + "RUN echo ${it^^} <<EOF\nFROM evil AS x",
        HEAD + "RUN <<EOF\n  EOF\nRUN <<X\nEOF\nFROM evil AS x",
        HEAD + "RUN <<EOF;\nRUN <<X\nEOF;\nFROM evil AS x",
        HEAD + "ONBUILD RUN <<EOF\nRUN <<X\nEOF\nFROM evil AS x",
        HEAD + "RUN true \\\x0b\nFROM evil AS x",
        HEAD + "RUN true \\\u00a0\nFROM evil AS x",
        "FROM ${BASE:-evil} AS x",
    ],
)
def test_what_the_engine_reads_is_found_and_pinned(text: str) -> None:
    assert [str(one.reference) for one in found(text + TAIL, {})][:1] == ["docker.io/library/evil:latest"]
    assert PIN in pinned(text + TAIL, {}, lambda _: PIN)


def test_a_stages_number_is_its_name_for_copy_alone() -> None:
    content = f"{HEAD}FROM 0 AS x\nCOPY --from=0 a b\nRUN --mount=from=0,target=/a true{TAIL}"
    assert [(one.instruction, one.written) for one in found(content, {})] == [("FROM", "0"), ("RUN", "0")]


@pytest.mark.parametrize(
    "option",
    [
        '--mount=type=bind,"from=evil",target=/x',
        '--mount="type=bind,from=evil,target=/x y"',
        "--mount=type=bind,fr\\om=evil",
    ],
)
def test_an_image_behind_quotes_cannot_be_pinned(option: str) -> None:
    assert [one.reference for one in found(f"{HEAD}RUN {option} true{TAIL}", {})] == [None]
    assert found(f"{HEAD}RUN {option.replace('evil', 'b')} true{TAIL}", {}) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("RUN --mount=type=bind,target=evil,from=evil true", ",from=evil "),
        ("COPY --chown=evil --from=evil a b", "--from=evil "),
    ],
)
def test_a_digest_stands_where_the_image_stood(text: str, place: str) -> None:
    content = f"{HEAD}{text}{TAIL}"
    assert pinned(content, {}, lambda _: PIN) == content.replace(place, place.replace("evil", PIN))


def test_where_that_cannot_be_told_nothing_is_built() -> None:
    content = f"{HEAD}RUN --mount=type=bind,source=from=evil,from=evil true{TAIL}"
    with pytest.raises(IntegrityError, match="cannot be replaced by their digests"):
        pinned(content, {}, lambda _: PIN)


@pytest.mark.parametrize("kind", ["link", "other case"])
def test_a_dockerfile_that_the_engine_finds_elsewhere_is_not_sent(kind: str) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        if kind == "link":
            link = tarfile.TarInfo("Dockerfile")
            link.type, link.linkname = tarfile.SYMTYPE, "dockerfile"
            tar.addfile(link)
        tar.addfile(tarfile.TarInfo("dockerfile"), io.BytesIO())
    archive.seek(0)
    with (
        pytest.raises(InputError, match="Dockerfile is no file of the build context"),
        context.sent(archive, "", {"Dockerfile": lambda content: content}),
    ):
        pass


def test_a_line_of_a_thousand_mounts_costs_little() -> None:
    mounts = " ".join(f"--mount=from=evil{number},target=/{number}" for number in range(1000))
    content = f"{HEAD}RUN {mounts} true{TAIL}"
    assert pinned(content, {}, lambda _: PIN).count(PIN) == 1000
