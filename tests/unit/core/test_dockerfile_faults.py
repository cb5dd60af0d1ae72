from __future__ import annotations

import pytest

from golden_images.core.dockerfile_faults import Fault, copied, faults


def _against(content: str, target: str = "") -> Fault | None:
    """The first that is said against how it begins."""
    begins = ("has no FROM", "the image is built", "BASE is not", "there is no stage")
    return next((one for one in faults(content, target) if one.message.startswith(begins)), None)


@pytest.mark.parametrize(
    "content",
    [
        "ARG BASE\nFROM ${BASE}\n",
        "arg BASE=debian\nfrom $BASE\n",
        "# syntax=docker/dockerfile:1\nARG OTHER BASE\nFROM --platform=linux/amd64 ${BASE:-debian} AS x\n",
        "ARG BASE\nFROM golang AS build\nRUN go build\nFROM ${BASE}\nCOPY --from=build /a /a\n",
        "ARG BASE\nFROM ${BASE} AS first\nFROM First\n",
        "ARG BASE\nFROM \\\n  # why\n  ${BASE}\nRUN a \\\n FROM b\n",
        "ARG BASE\nFROM ${BASE}\nRUN <<EOF\nFROM golang\nEOF\n",
        "ARG BASE\nFROM ${BASE}\nRUN echo $((1<<x))\n",
    ],
)
def test_built_on_the_base(content: str) -> None:
    assert _against(content) is None


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "has no FROM"),
        ("RUN true\n", 1, "has no FROM"),
        ("FROM debian\n", 1, "the image is built from debian, so its base cannot be pinned by digest"),
        ("FROM ${BASE}\n", 1, "BASE is not declared before the first FROM"),
        ("FROM golang\nARG BASE\nFROM ${BASE}\n", 3, "BASE is not declared before the first FROM"),
        ("ARG BASE\nFROM ${BASE} AS a\nFROM scratch\n", 3, "the image is built from scratch, so"),
        ("ARG BASE\nFROM ${BASES}\n", 2, "the image is built from ${BASES}, so"),
        ("ARG BASE\nFROM golang AS a\nFROM a\n", 2, "the image is built from golang, so"),
        ("ARG BASE\nRUN echo $((1<<x))\n\nFROM debian\n", 4, "the image is built from debian, so"),
    ],
)
def test_cannot_be_pinned(content: str, line: int, message: str) -> None:
    fault = _against(content)
    assert fault is not None
    assert fault.line == line
    assert fault.message.startswith(message)


def test_the_target_is_what_counts() -> None:
    content = "ARG BASE\nFROM golang AS tools\nFROM ${BASE} AS service\nFROM scratch\n"
    assert _against(content, "service") is None
    assert _against(content, "1") is None
    assert _against(content, "tools") is not None
    missing = _against(content, "nothing")
    assert missing is not None
    assert missing.message == "there is no stage 'nothing', which build.target names"


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "suggestion"),
    [
        ("RNU true", 3, 1, "there is no instruction RNU", "RUN"),
        ("  && apt-get install make", 3, 3, "there is no instruction &&", ""),
        ("\n\nONBUILD rnu true", 5, 9, "there is no instruction RNU", "RUN"),
        ("RUN --mount=type=secret,id=a true", 3, 5, "a secret mount stays empty", ""),
        ("RUN --network=none \\\n  --mount=id=a,type=ssh true", 4, 3, "a ssh mount stays empty", ""),
    ],
)
def test_what_cannot_work(text: str, line: int, column: int, message: str, suggestion: str) -> None:
    (fault,) = faults(f"ARG BASE\nFROM ${{BASE}}\n{text}\n")
    assert (fault.line, fault.column, fault.suggestion) == (line, column, suggestion)
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM golang:${VERSION} AS build", 2),
        ("FROM Golang AS build", 2),
        ("FROM debian:bookworm AS tools\nCOPY --from=Not/An/Image /a /a", 3),
        ("FROM debian AS tools\nRUN --mount=type=bind,target=/b,from=a:b:c true", 3),
    ],
)
def test_what_a_stage_takes_from_can_be_pinned(text: str, line: int) -> None:
    content = f"ARG BASE\n{text}\nFROM ${{BASE}}\n"
    (fault,) = faults(content)
    assert fault.line == line
    assert fault.message.endswith("is no image that can be pinned by digest")


def test_a_build_argument_gives_a_stage_its_image() -> None:
    content = "ARG BASE VERSION\nFROM golang:${VERSION} AS build\nFROM ${BASE}\n"
    assert len(list(faults(content))) == 1
    assert list(faults(content, args={"VERSION": "1.22"})) == []


def test_another_frontend_cannot_be_fetched() -> None:
    (fault,) = faults("# escape=`\n# Syntax = docker/dockerfile:1\nARG BASE\nFROM ${BASE}\n")
    assert (fault.line, fault.message.partition(" ")[0]) == (2, "#")


ORDINARY = r"""
RUN apt-get update && apt-get install -y make
RUN apt-get update \
    # why
    && apt-get install -y make \

    && true
run ["make", "--mount=type=secret"]
RUN make --mount=type=secret
RUN <<EOF
RNU true
COPY absent /
EOF
RUN <<-"END" cat > /etc/motd
	hello
	END
RUN --mount=type=cache,target=/root/.cache pip install x
RUN --mount=type=tmpfs,target=/tmp --mount=type=bind,target=/mnt true
RUN --mount=type=bind,from=build,source=/absent,target=/mnt true
RUN echo $((1<<x)) <<<word
COPY <<robots.txt <<humans.txt /usr/share/html/
robots
robots.txt
COPPY
humans.txt
COPY . .
COPY / /all
COPY ./here /x
COPY /here ../here /x/
COPY --chown=1:1 --link here there/deep /x/
COPY --from=build /absent /x
COPY --from=0 absent /x
COPY *.absent absent-?.x absent[0-9] /x/
COPY ${ABSENT} $ABSENT ${A:-absent} /x/
COPY ["here", "with blank", "/x/"]
COPY "quoted absent" /x
ADD https://example.com/absent.tar.gz /x
ADD git@example.com:a/b.git https://example.com/c.git#v1 /x/
ADD --checksum=sha256:aa http://example.com/absent /x
ONBUILD COPY absent /x
ONBUILD RUN true
COPY alone
SHELL ["/bin/sh", "-c"]
ENV A=b C="COPPY d"
LABEL a=b \
      c=d
EXPOSE 80/tcp
VOLUME /data
WORKDIR /srv
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s CMD ["true"]
USER 10001:10001
MAINTAINER somebody
ENTRYPOINT ["a"]
CMD a --from b
"""
THERE = {".", "here", "there/deep", "with blank"}


def _blocks() -> list[str]:
    """Each instruction of ORDINARY by itself."""
    blocks: list[str] = []
    for line in ORDINARY.strip("\n").split("\n"):
        begins = line.partition(" ")[0].lower() in {
            *("run", "copy", "add", "onbuild", "shell", "env", "label", "expose", "volume", "workdir"),
            *("stopsignal", "healthcheck", "user", "maintainer", "entrypoint", "cmd"),
        }
        if begins and not (blocks and blocks[-1].startswith("RUN <<EOF") and "EOF" not in blocks[-1][9:]):
            blocks.append(line)
        else:
            blocks[-1] += f"\n{line}"
    return blocks


@pytest.mark.parametrize("text", [*_blocks(), "\n".join(_blocks())])
def test_no_false_alarm(text: str) -> None:
    content = f"ARG BASE\nFROM ${{BASE}} AS build\n{text}\nUSER 1\n"
    assert list(faults(content)) == []
    assert {one.path for one in copied(content)} <= THERE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COPY a ./b/../c /d/ e/", [(3, 6, "a"), (3, 8, "c"), (3, 17, "d")]),
        ("COPY --chown=1 \\\n  a \\\n  # no\n  b /", [(4, 3, "a"), (6, 3, "b")]),
        ('ADD ["a b", "c/"]', [(3, 7, "a b")]),
        ("RUN --mount=type=bind,src=conf,target=/mnt true", [(3, 27, "conf")]),
        ("RUN --mount=source=../a,target=/b true", [(3, 20, "a")]),
        ("RUN <<EOF\nCOPY a b\nEOF\nCOPY c d", [(6, 6, "c")]),
    ],
)
def test_paths_that_a_build_takes_from_its_context(text: str, found: list[tuple[int, int, str]]) -> None:
    content = f"ARG BASE\nFROM ${{BASE}}\n{text}\n"
    assert [(one.line, one.column, one.path) for one in copied(content)] == found
