"""What turns a build plan into bytes. THE TABLE of builders: a new one is one row here and one file.

A builder makes one platform's image and leaves all that it names in the registry; the manifest itself, and
under which tag it stands, is for the stage ``build`` to put.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from golden_images.builders import bootstrap, engine
from golden_images.core.definition import Definition
from golden_images.errors import InputError
from golden_images.job import Job
from golden_images.ports import Manifest, Ports


@dataclass(frozen=True, slots=True)
class Builder:
    """One row. The first that applies to a definition makes its images."""

    name: str
    applies: Callable[[Definition], bool]
    #: One platform's (``os/architecture[/variant]``) image as an OCI manifest, of which the registry has
    #: all that it names. Its annotations are what the index over several says, too.
    make: Callable[[Job, Ports, str], Manifest]


BUILDERS: tuple[Builder, ...] = (
    Builder("bootstrap", bootstrap.applies, bootstrap.make),
    Builder("engine", engine.applies, engine.make),
)


def builder_for(definition: Definition) -> Builder:
    """Raises InputError where no row applies."""
    for row in BUILDERS:
        if row.applies(definition):
            return row
    known = ", ".join(row.name for row in BUILDERS)
    raise InputError(
        f"{definition.name}: nothing here builds an image of this kind from this base",
        cause=f"its kind is {definition.kind}; there are the builders {known}",
        remedy="correct kind or base in the definition",
    )
