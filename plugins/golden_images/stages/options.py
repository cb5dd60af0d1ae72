"""What a definition may say below ``stages.<name>``: all that reading definitions needs of a stage.

A stage's options may stand in its own file, too; the file is then loaded with every DAG file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from golden_images.core.closed import Closed
from golden_images.core.fields import InsidePath
from golden_images.core.policy.floors import Stricter
from golden_images.core.texts import Line, LintRule, MountPoints


class Lint(Closed):
    ignore: Annotated[tuple[LintRule, ...], Stricter.FEWER] = Field(
        default=(), description="hadolint rules to leave out, such as DL3008."
    )
    fail_on: Annotated[Literal["error", "warning", "note"], Stricter.LATER] = Field(
        default="error", description="The lowest level that fails the stage."
    )


class Sbom(Closed):
    minimum_packages: Annotated[int, Stricter.MORE] = Field(
        default=1, ge=1, description="Fewer packages than this and the SBOM is taken for incomplete."
    )


class Scan(Closed):
    scanners: Annotated[tuple[Line, ...], Stricter.ALL] = Field(
        default=("distro", "osv"), min_length=1, description="Which scanners have to answer."
    )
    leave_out: Annotated[tuple[Line, ...], Stricter.FEWER] = Field(
        default=(),
        description="Kinds of packages (types of package URLs, such as npm) that nobody has to judge.",
    )
    timeout_minutes: int = Field(default=10, ge=1, le=120, description="What one scanner may take.")


class Test(Closed):
    suite: InsidePath = Field(default="tests", description="Folder of tests inside the context.")
    minimum: Annotated[int, Stricter.MORE] = Field(
        default=1, ge=1, description="Fewer passed tests than this fails the stage."
    )
    timeout_minutes: int = Field(default=10, ge=1, le=240)
    tmpfs: MountPoints = Field(
        default=("/tmp", "/run"),  # noqa: S108 - inside the container
        description="Writable memory file systems of the otherwise read-only container.",
    )
