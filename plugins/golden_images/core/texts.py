"""Free texts, each as narrow as what is meant by it: a text that becomes part of a command line, a
request, a log or a page can be nothing else there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field

from golden_images.core import debian
from golden_images.core.fields import check_distinct, wrong

#: C0 and C1, and what Unicode calls line and paragraph separators.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BREAK = re.compile(r"[\t\n]")
#: Source: BuildKit's Dockerfile frontend; a stage may be asked for by number, too.
_STAGE = re.compile(r"(?:[A-Za-z][A-Za-z0-9_.-]*|[0-9]+)?")
#: Source: hadolint's and ShellCheck's wikis.
_RULE = re.compile(r"(?:DL|SC)[0-9]{4}")
#: Source: Docker's "object labels": letters, digits, . - and /; hosts of Traefik's kind have _.
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,253}[A-Za-z0-9])?")
#: Without a colon: engines read options behind one.
_MOUNT = re.compile(r"(?:/[A-Za-z0-9._-]+)+")
#: Source: airflow.models.connection, the rule for a Connection's id.
_CONNECTION = re.compile(r"[\w#!()\-.:/\\]{1,250}", re.ASCII)
#: Without credentials: what is said of an image is read by everybody.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%{}-]*)?")
_SOURCE = re.compile(
    r"(?:https://[A-Za-z0-9.:\[\]-]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?)"
    r"/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]+"
)
#: Source: OSV schema, "affected[].package.ecosystem".
_ECOSYSTEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")
_RESERVED_LABEL = "io.golden-images."


def check_text(text: str) -> str:
    """Lines and tabs, and no other control characters."""
    if found := _CONTROL.search(text):
        raise wrong(f"has the control character U+{ord(found[0]):04X} in it")
    return text


def check_line(text: str) -> str:
    if _BREAK.search(text):
        raise wrong("has to be on one line, without tabs")
    return check_text(text)


def check_stage(name: str) -> str:
    if not _STAGE.fullmatch(name):
        raise wrong(f"{name!r} is no stage of a Dockerfile (letters, digits, . _ and -, or its number)")
    return name


def check_rule(name: str) -> str:
    if not _RULE.fullmatch(name):
        raise wrong(f"{name!r} is no rule of hadolint (such as DL3008 or SC2086)")
    return name


def check_label(name: str) -> str:
    if name.startswith(_RESERVED_LABEL):
        raise wrong(f"labels below {_RESERVED_LABEL} are reserved")
    if not _LABEL.fullmatch(name):
        raise wrong(f"{name!r} is no name of a label (letters, digits, . _ - and /)")
    return name


def check_mount(path: str) -> str:
    if not _MOUNT.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise wrong(f"{path!r} is no absolute path of a folder (such as /tmp, without options)")
    return path


def check_address(text: str) -> str:
    """A page, for people; empty if there is none."""
    if text and not _ADDRESS.fullmatch(text):
        raise wrong(f"{text!r} is no address of a page (https://…, without blanks or a login)")
    return text


def check_source(text: str) -> str:
    """A file of the web; empty if there is none. Plain HTTP is for this machine alone: in between anybody
    could put another file."""
    if text and not _SOURCE.fullmatch(text):
        raise wrong(f"{text!r} is no address of a file (https://…, without blanks or a login)")
    return text


def check_ecosystem(text: str) -> str:
    if text and not _ECOSYSTEM.fullmatch(text):
        raise wrong(f"{text!r} is no ecosystem of OSV (such as Debian or PyPI, without a release)")
    return text


def check_connection(name: str) -> str:
    if not _CONNECTION.fullmatch(name):
        raise wrong(f"{name!r} is no id of an Airflow Connection")
    return name


def _debian(check: Callable[[str], str]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if fault := check(text):
            raise wrong(fault)
        return text

    return checked


def _mirror(text: str) -> str:
    """Empty stands for the worker's own archive."""
    if text and (fault := debian.mirror(text)):
        raise wrong(fault)
    return text


#: For people: descriptions, and values of labels and build arguments.
Text = Annotated[str, AfterValidator(check_text)]
Line = Annotated[str, AfterValidator(check_line)]
#: Airflow takes no longer ones.
Tag = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(check_line)]
Address = Annotated[str, Field(max_length=2000), AfterValidator(check_address)]
StageName = Annotated[str, AfterValidator(check_stage)]
LintRule = Annotated[str, AfterValidator(check_rule)]
#: ``package.module.Class``.
DottedName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$", max_length=200)]
KeywordName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", max_length=100)]
LabelName = Annotated[str, AfterValidator(check_label)]
MountPoint = Annotated[str, AfterValidator(check_mount)]
MountPoints = Annotated[tuple[MountPoint, ...], AfterValidator(check_distinct)]
SourceAddress = Annotated[str, Field(max_length=2000), AfterValidator(check_source)]
Ecosystem = Annotated[str, AfterValidator(check_ecosystem)]
ConnectionId = Annotated[str, AfterValidator(check_connection)]
Suite = Annotated[str, AfterValidator(_debian(debian.suite))]
Component = Annotated[str, AfterValidator(_debian(debian.component))]
Components = Annotated[tuple[Component, ...], Field(min_length=1), AfterValidator(check_distinct)]
DebianPackage = Annotated[str, AfterValidator(_debian(debian.package))]
DebianPackages = Annotated[tuple[DebianPackage, ...], AfterValidator(check_distinct)]
Mirror = Annotated[str, AfterValidator(_mirror)]
