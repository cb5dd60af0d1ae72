"""What an image is built on: another image, an external one, or the distribution's own archive."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from golden_images.core.closed import Closed
from golden_images.core.digest import Digest
from golden_images.core.fields import DatePattern, ImageReference, Name, wrong
from golden_images.core.reference import Reference
from golden_images.core.texts import Components, DebianPackages, Mirror, Suite


class Bootstrap(Closed):
    """A root base made from the distribution's own archive."""

    distribution: Literal["debian"] = "debian"
    suite: Suite = Field(description="Code name of the suite, such as bookworm.")
    variant: Literal["minbase", "essential", "apt", "buildd", "important", "standard"] = "minbase"
    components: Components = ("main",)
    packages: DebianPackages = Field(
        default=(), description="Packages added to the variant: name, name:architecture or name=version."
    )
    mirror: Mirror = Field(
        default="",
        description="Archive's http(s) address; empty means what the worker's own apt uses for the suite.",
    )
    slim: bool = Field(
        default=False,
        description="Without documentation, man pages and translations; copyrights stay.",
    )
    setuid: bool = Field(
        default=False, description="Keep set-user-ID and set-group-ID programs, such as su and mount."
    )


class VersionTags(Closed):
    """How past versions of an external base are recognised among its registry's tags."""

    tags: DatePattern = Field(description="Regular expression with a group (?P<date>…), such as YYYYMMDD.")


class Base(Closed):
    """Exactly one of ``image``, ``reference`` and ``bootstrap``."""

    image: Name | None = Field(default=None, description="Another definition's name.")
    reference: ImageReference | None = Field(
        default=None,
        description="registry/repository:tag of an external base. With @sha256:… the digest alone counts:"
        " it is built on as it is, never watched, and has no past to backfill.",
    )
    bootstrap: Bootstrap | None = Field(default=None, description="A root base.")
    versions: VersionTags | None = Field(default=None, description="Only with reference.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("image", "reference", "bootstrap")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) + " are given" if given else "none is given"
            raise wrong(f"give exactly one of image, reference and bootstrap; {found}")
        if self.versions is not None and self.reference is None:
            raise wrong("versions is for a base by reference only", at="versions")
        if self.versions is not None and self.pinned is not None:
            raise wrong("versions is for a base whose tag moves; this one is pinned by digest", at="versions")
        return self

    @property
    def external(self) -> Reference | None:
        """The external base, its short forms written out; as text it is the ledger's name of it."""
        return Reference.parse(self.reference) if self.reference else None

    @property
    def pinned(self) -> Digest | None:
        """The digest that an external base is pinned to: it counts, whatever the tag beside it is now."""
        return self.external.digest if self.external else None

    @property
    def ledger(self) -> str:
        """The ledger's name of the base; empty for one without other versions: a root base, and one
        that is pinned by digest."""
        return self.image or (str(self.external) if self.external and not self.external.digest else "")
