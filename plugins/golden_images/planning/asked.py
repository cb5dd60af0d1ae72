"""What a run is asked for: its conf and its partition key, read in one place and strictly.

Airflow's trigger form checks before there is a run (:mod:`golden_images.factory.params`); what a task, the
API or the command line starts comes here as it is. What is wrong ends the run: a digest that is passed
over would have the run build on something else than was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from golden_images.core.closed import Closed
from golden_images.core.digest import Digest
from golden_images.core.note import LIMIT
from golden_images.core.partition import PartitionKey
from golden_images.core.problem import closest
from golden_images.errors import InputError

DIGEST = "^sha256:[0-9a-f]{64}$"
FINDING = r"^[A-Za-z0-9][A-Za-z0-9:._-]{2,79}$"
BACKFILL = r"^\d{8}T\d{6}Z_sha256-[0-9a-f]{64}$"
_WANTED = {
    "reason": f"a text of at most {LIMIT} characters",
    "force": "true or false",
    "base_digest": "a digest: sha256: and 64 hex digits",
    "backfill": "a past version of the base: <YYYYMMDD>T<HHMMSS>Z_sha256-<64 hex digits>",
    "cascade": "true or false",
    "finding": "the name of a vulnerability, such as CVE-2026-12345",
}
_KNOWN = ", ".join(_WANTED)
#: Clocks of machines differ; beyond this a time is in the future.
_CLOCKS = timedelta(hours=1)
_SHOWN, _TOLD = 80, 5


class Asked(Closed):
    """A run's conf. What is not given, or null, is not asked for."""

    reason: str = Field(default="", max_length=LIMIT)
    force: bool = False
    base_digest: str = Field(default="", pattern=f"^$|{DIGEST}")
    backfill: str = Field(default="", pattern=f"^$|{BACKFILL}")
    cascade: bool = False
    #: A vulnerability for whose fix it builds, if the catalog knows it of the current release.
    finding: str = Field(default="", pattern=f"^$|{FINDING}")

    @classmethod
    def of(cls, conf: Mapping[str, Any]) -> Asked:
        """Raises InputError that names the entries which cannot be."""
        given = {key: value for key, value in conf.items() if value is not None}
        try:
            return cls.model_validate(given, strict=True)
        except ValidationError as error:
            found = [_sentence(str(item["loc"][0]), item["input"]) for item in error.errors()[:_TOLD]]
            raise InputError(
                "this run is asked for what cannot be",
                cause="; ".join(found),
                remedy="trigger a new run with a conf that is right",
            ) from None

    def version(self, partition_key: str | None, now: datetime) -> tuple[Digest | None, datetime | None]:
        """The base's digest and the date that are asked for; None for those of now. What a person names
        comes before the run's key. Raises InputError for a key that is wrong, or of what is not yet."""
        text = self.backfill or partition_key
        key = _key(text, now) if text else None
        digest = Digest(self.base_digest) if self.base_digest else None
        if self.backfill and key and digest and key.digest != digest:
            raise InputError(
                "this run is asked for two bases",
                cause=f"base_digest is {digest}, backfill is {self.backfill}",
                remedy="trigger a new run with one of them",
            )
        return digest or (key.digest if key else None), key.at if key else None


def _key(text: str, now: datetime) -> PartitionKey:
    try:
        key = PartitionKey.parse(text)
    except ValueError as error:
        raise InputError(
            "this run's partition key is wrong", cause=str(error), remedy="trigger a new run"
        ) from None
    if key.digest and key.at > now + _CLOCKS:
        raise InputError(
            "this run's partition key is wrong",
            cause=f"{text} is in the future: it is {now:%Y%m%dT%H%M%SZ}",
            remedy="trigger a new run",
        )
    return key


def _sentence(name: str, value: Any) -> str:
    if name not in _WANTED:
        near = closest(name[:_SHOWN], _WANTED)
        return f"there is no {_short(name)}" + (f"; {near} is meant?" if near else f", but {_KNOWN}")
    return f"{name} is {_short(value)}, and has to be {_WANTED[name]}"


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
