"""The images that a Dockerfile takes from besides its base, by the digests that their tags are now.

They are bases like the image's own, but for one thing: a backfill goes through the past of the image's
own base, on the build stages of today.
"""

from __future__ import annotations

from collections.abc import Sequence

from golden_images.core import dockerfile, stage_bases
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin
from golden_images.core.reference import Reference
from golden_images.core.stage_bases import Taken
from golden_images.core.watching import StageBase
from golden_images.errors import InputError, IntegrityError
from golden_images.planning import bases, trusted
from golden_images.planning.request import Request
from golden_images.ports import Ports

#: An author's file must not have us ask thousands of tags of any host every minute.
_MOST = 50


def pins(request: Request, ports: Ports) -> tuple[BasePin, ...]:
    """In the order of their names; none for a root base, and none for what the Dockerfile pins itself.
    Raises InputError for an image that does not exist or whose name cannot be known, StageFailed for one
    of ours by a tag that is on no release, RegistryError if its registry does not answer."""
    references: dict[str, Reference] = {}
    content = _dockerfile(request)
    if line := dockerfile.frontend(content):
        raise InputError(
            f"{request.definition.name}: its Dockerfile asks for another frontend, which is pinned by nobody",
            cause=f"line {line} of {request.definition.build.dockerfile} names it",
            remedy="remove the line: the engine's own frontend builds it",
        )
    for one in stage_bases.found(content, request.definition.build.args):
        if one.reference is None:
            raise InputError(
                f"{request.definition.name}: its build takes from {one.written}, which cannot be pinned",
                cause=f"line {one.line} of {request.definition.build.dockerfile} is no reference with values",
                remedy="write registry/repository:tag, or give the ARG a default or a value in build.args",
            )
        if not one.reference.digest:
            references[str(one.reference)] = one.reference
    if len(references) > _MOST:
        raise InputError(
            f"{request.definition.name}: its build takes from {len(references)} images by tag",
            cause=f"each is looked up in every run and by the base watch; {_MOST} are allowed",
            remedy="take from fewer, or write their digests into the Dockerfile",
        )
    return tuple(_pin(request, references[name], ports) for name in sorted(references))


def watched(definition: Definition, pinned: Sequence[BasePin]) -> list[StageBase]:
    """What the base watch is to know of them."""
    return [StageBase(pin.name, Digest(pin.digest), definition.build.platforms) for pin in pinned]


class Pins:
    """What one platform's build is handed for each place where its Dockerfile names an image."""

    def __init__(
        self, definition: Definition, pinned: Sequence[BasePin], platform: str, ports: Ports
    ) -> None:
        self._definition, self._platform, self._ports = definition, platform, ports
        self._pinned = {pin.name: pin for pin in pinned}
        #: Everything that was handed out, ``host/repository@digest``.
        self.used: set[str] = set()

    def __call__(self, one: Taken) -> str:
        """Raises IntegrityError for an image that the plan does not pin, InputError for one that is not
        made for the platform."""
        reference = one.reference
        pin = self._pinned.get(str(reference))
        if reference is not None and reference.digest is not None:
            pin = BasePin(name=reference.name, digest=reference.digest)
        if pin is None:
            raise IntegrityError(
                f"{self._definition.name}: the plan pins no digest for {one.written}",
                cause=f"line {one.line} of {self._definition.build.dockerfile} takes from it",
                remedy="trigger a new run: this one's plan was made from another Dockerfile",
            )
        text = pin.pinned
        if not one.own_platform:
            parsed = Reference.parse(text)
            found = self._ports.registry_of(parsed.registry).manifest(parsed.repository, pin.digest)
            text = bases.entry(self._definition, pin, self._platform, found)
        self.used.add(text)
        return text


def _pin(request: Request, reference: Reference, ports: Ports) -> BasePin:
    registry = ports.registry_of(reference.registry)
    found = registry.resolve(reference.repository, reference.tag or "")
    if found is None:
        raise InputError(
            f"{request.definition.name}: its build takes from {reference}, which does not exist",
            cause=f"the registry {registry.host} does not know it",
            remedy=f"correct {request.definition.build.dockerfile}",
        )
    ours = _image_of_ours(request, reference, ports)
    if ours is not None:
        trusted.release(request, ours, found.digest, ports)
    return BasePin(name=str(reference), digest=found.digest)


def _image_of_ours(request: Request, reference: Reference, ports: Ports) -> str | None:
    """The image that the catalog knows by this repository: whoever may push there may put its tags
    anywhere."""
    image = reference.repository.removeprefix(request.organisation.repository(""))
    if (reference.registry, reference.repository) != (
        ports.registry().host,
        request.organisation.repository(image),
    ):
        return None
    return image if ports.catalog().current(image) is not None else None


def _dockerfile(request: Request) -> str:
    """Empty for a root base; also where there is no such file: the build says so in its own words."""
    definition = request.definition
    path = request.contexts / definition.context / definition.build.dockerfile
    if definition.base.bootstrap is not None or not path.is_file():
        return ""
    return path.read_bytes().decode(errors="replace")
