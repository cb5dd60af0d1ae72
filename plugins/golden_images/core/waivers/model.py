"""The closed, versioned schema of a file of waivers.

Source of status and justification: OpenVEX specification 0.2.0, "Status Labels", "Status
Justifications".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from golden_images.core.closed import Closed
from golden_images.core.fields import NAME, check_distinct, wrong
from golden_images.core.texts import Line

#: Stands for every image.
EVERY = "*"
#: What a waiver names for a licence and for a package, before the licence or the package's name.
LICENCE, PACKAGE = "licence:", "package:"

Status = Literal["not_affected", "affected", "fixed", "under_investigation"]
Justification = Literal[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
]

_FINDING = re.compile(r"(?:licence:\S(?:.*\S)?|(?:package:)?[A-Za-z0-9][A-Za-z0-9._:+~-]*)")
_IMAGE = re.compile(NAME)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})")


def check_finding(text: str) -> str:
    if not _FINDING.fullmatch(text):
        raise wrong(
            f"{text!r} names no finding (CVE-2026-1234, {LICENCE}SSPL-1.0, {PACKAGE}telnet); a waiver is"
            " about one"
        )
    return text


def check_image(name: str) -> str:
    if name != EVERY and not _IMAGE.fullmatch(name):
        raise wrong(f"{name!r} is no image's name, and not '*' for all of them")
    return name


def check_purl(text: str) -> str:
    from packageurl import PackageURL

    try:
        PackageURL.from_string(text)
    except ValueError as error:
        raise wrong(f"{text!r} is no package URL (such as pkg:deb/debian/openssl): {error}") from None
    return text


def read_moment(value: Any) -> Any:
    """A date is its first moment in UTC."""
    if not isinstance(value, str):
        return value
    try:
        if _DATE.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(
        f"{value!r} is no date (2026-12-31, which ends as that day begins in UTC) and no time with a zone"
    )


Moment = Annotated[
    datetime, BeforeValidator(read_moment), WithJsonSchema({"type": "string", "examples": ["2026-12-31"]})
]
Images = Annotated[
    tuple[Annotated[str, AfterValidator(check_image)], ...],
    Field(min_length=1),
    AfterValidator(check_distinct),
]


class Terms(Closed):
    """A waiver as it holds for one image."""

    finding: Annotated[str, AfterValidator(check_finding)] = Field(
        description="CVE-2026-1234 or another name of it; licence:<id>; package:<name>."
    )
    package: Annotated[str, AfterValidator(check_purl)] | None = Field(
        default=None, description="Package URL; without a version it holds for all. Default: every package."
    )
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of the image, where it holds for that one alone."
    )
    status: Status = Field(description="OpenVEX: what is said of the finding.")
    justification: Justification | None = Field(
        default=None, description="OpenVEX: why the image is not_affected."
    )
    action: Line = Field(default="", description="What is done about it where the image is affected.")
    owner: Line = Field(min_length=1, description="Team that answers for it.")
    reason: Line = Field(min_length=1, description="Why it is right, for people.")
    expires: Moment = Field(description="From this moment on it does not count.")

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.status == "not_affected" and self.justification is None:
            raise wrong("needs a justification", at="status")
        if self.status != "not_affected" and self.justification is not None:
            raise wrong(f"is for not_affected; the status is {self.status}", at="justification")
        if self.status == "affected" and not self.action:
            raise wrong("needs action: what is done about it until it is mended", at="status")
        return self

    @property
    def key(self) -> str:
        """What it is told by: ``CVE-2026-1234``, with the package and the digest that it is for alone."""
        of = f" ({self.package})" if self.package else ""
        return f"{self.finding}{of}{f' @{self.digest[7:19]}' if self.digest else ''}"

    @property
    def about_vulnerability(self) -> bool:
        """False for a licence or a package, which VEX has no word for."""
        return not self.finding.startswith((LICENCE, PACKAGE))

    def counts(self, now: datetime) -> bool:
        return now < self.expires

    def asked(self) -> dict[str, Any]:
        """Its part of the demands."""
        return self.model_dump(mode="json", exclude_defaults=True, include={*Terms.model_fields})


class Waiver(Terms):
    """A waiver with the images that it holds for."""

    images: Images = Field(description="Names of images; '*' alone: every image.")

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        if EVERY in self.images and len(self.images) > 1:
            raise wrong("'*' is every image already", at="images")
        return self

    def of(self, image: str) -> bool:
        return image in self.images or self.images == (EVERY,)

    def terms(self) -> Terms:
        return Terms.model_validate(self.asked())


class WaiverFile(Closed):
    """A file of waivers."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this schema.")
    waivers: Annotated[tuple[Waiver, ...], Field(min_length=1)]
