"""Everything that can go wrong, as one tree.

::

    GoldenImagesError              exit 1
    ├── InputError                 exit 1   a definition, context or option is wrong; a retry cannot help
    │   └── DefinitionError                 carries every Problem of every file
    ├── UsageError                 exit 2   the call itself is wrong
    ├── ServiceError               exit 3   something outside did not do its part
    │   ├── EngineError                     Docker Engine
    │   ├── RegistryError                   OCI registry
    │   ├── CatalogError                    SQL catalog
    │   └── ToolError                       syft, hadolint, mmdebstrap, … could not run
    ├── StageFailed                exit 1   the stage ran and its verdict is no; a retry cannot help
    └── IntegrityError             exit 1   content is not what its digest says; never retried

Adapters wrap what their libraries raise into this tree; nothing foreign passes a port.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from golden_images.core.problem import Problem


class GoldenImagesError(Exception):
    """``what`` failed, why (``cause``) and what to do about it (``remedy``): three short sentences."""

    exit_code = 1
    retryable = False

    def __init__(self, what: str, *, cause: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what]
        if self.cause:
            lines.append(f"  cause:  {self.cause}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class InputError(GoldenImagesError):
    """What a person wrote is wrong."""


class DefinitionError(InputError):
    """Files of the project are wrong; ``problems`` has every finding, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
        super().__init__(f"{count} in {', '.join(sorted({str(one.path) for one in problems}))}")
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UsageError(GoldenImagesError):
    """The command was called wrongly."""

    exit_code = 2


class ServiceError(GoldenImagesError):
    """A service or tool did not do its part; ``endpoint`` says which one.

    Bounded retries were already made by the adapter; a later retry of the whole task may help,
    unless ``retryable`` is false (the service said no, rather than nothing).
    """

    exit_code = 3
    retryable = True

    def __init__(
        self, what: str, *, endpoint: str = "", cause: str = "", remedy: str = "", retryable: bool = True
    ) -> None:
        super().__init__(what, cause=cause, remedy=remedy)
        self.endpoint = endpoint
        self.retryable = retryable

    def __str__(self) -> str:
        text = super().__str__()
        return text if not self.endpoint or self.endpoint in text else f"{text}\n  where:  {self.endpoint}"


class EngineError(ServiceError):
    """Docker Engine."""


class RegistryError(ServiceError):
    """An OCI registry. ``status`` is the HTTP status, 0 when there was no answer."""

    def __init__(
        self,
        what: str,
        *,
        endpoint: str = "",
        status: int = 0,
        cause: str = "",
        remedy: str = "",
        retryable: bool = True,
    ) -> None:
        super().__init__(what, endpoint=endpoint, cause=cause, remedy=remedy, retryable=retryable)
        self.status = status


class CatalogError(ServiceError):
    """The SQL catalog."""


class ToolError(ServiceError):
    """A tool (syft, hadolint, mmdebstrap, pytest) is missing, timed out or crashed."""


class StageFailed(GoldenImagesError):
    """The stage did its work and the answer is no."""


class IntegrityError(GoldenImagesError):
    """Bytes do not match their digest, or evidence belongs to something else."""
