"""The base of a run: by digest, from the catalog for an internal base, from its registry otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from golden_images.core import media
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.plan import BasePin
from golden_images.core.reference import Reference
from golden_images.core.watching import missing_platforms
from golden_images.errors import InputError, StageFailed
from golden_images.images import candidate, image
from golden_images.planning import trusted
from golden_images.ports import Manifest, Ports, Registry

if TYPE_CHECKING:
    from golden_images.planning.request import Request


def pin(request: Request, ports: Ports, *, listed: bool = False) -> BasePin | None:
    """The digest to build on; None for a root base. ``listed``: the ledger itself gave the digest that is
    asked for.

    Raises InputError for a base that is not there or that cannot be chosen, StageFailed for a digest that
    is none to build on (:mod:`golden_images.planning.trusted`) or that its registry no longer has.
    """
    base = request.definition.base
    if base.bootstrap is not None:
        _no_choice(request)
        return None
    if base.image is not None:
        registry = ports.registry()
        repository = request.organisation.repository(base.image)
        asked = request.base_digest or _released(base.image, ports)
        if asked is None:
            raise InputError(
                f"{request.definition.name}: its base {base.image} has no release yet",
                remedy=f"trigger golden_images.{base.image} first; its release wakes this image",
            )
        trusted.release(request, base.image, asked, ports)
        name = f"{registry.host}/{repository}"
    else:
        reference = external(request)
        registry, repository = ports.registry_of(reference.registry), reference.repository
        name = str(replace(reference, digest=None))
        if request.base_digest is None or reference.digest is not None:
            _not_against(reference, request)
            found = registry.resolve(repository, reference.digest or reference.tag or "")
            if found is None:
                kind = "digest" if reference.digest else "tag"
                raise InputError(
                    f"{request.definition.name}: its base {reference} does not exist",
                    cause=f"the registry {registry.host} does not know this {kind}",
                    remedy="correct base.reference in the definition",
                )
            return BasePin(name=name, digest=found.digest)
        asked = request.base_digest
        if not listed:
            trusted.version(request, reference, asked, ports)
    if registry.resolve(repository, asked) is None:
        raise StageFailed(
            f"{request.definition.name}: the base {name}@{asked} is gone",
            cause=f"the registry {registry.host} no longer has this digest",
            remedy="nothing can be built on it any more; choose a base version that still exists",
        )
    return BasePin(name=name, digest=asked)


def newer_than_asked(request: Request, ports: Ports) -> Digest | None:
    """For a run that an event woke: the base's newest digest, if that is no longer the event's."""
    if not request.event or request.base_digest is None:
        return None
    base = request.definition.base
    newest: Digest | None
    if base.image is not None:
        newest = _released(base.image, ports)
    elif base.pinned is not None:
        newest = base.pinned
    else:
        known = ports.catalog().base_versions(str(external(request)))
        newest = known[-1].digest if known else None
    return newest if newest is not None and newest != request.base_digest else None


def of_platform(definition: Definition, base: BasePin, platform: str, ports: Ports) -> str:
    """``host/repository@digest`` of the base for one platform: of an index, the entry's own digest, by
    which two platforms of one base can stand in one engine. Raises InputError if the index has none."""
    return entry(definition, base, platform, _manifest(definition, Reference.parse(base.pinned), ports))


def entry(definition: Definition, base: BasePin, platform: str, found: Manifest) -> str:
    """:func:`of_platform` for ``found``, which is the base."""
    reference = Reference.parse(base.pinned)
    if found.descriptor.media_type not in media.INDEXES:
        return base.pinned
    entries = image.entries(reference.repository, found)
    for has, digest in entries:
        if not missing_platforms((has,), (platform,)):
            return str(reference.at(digest))
    raise InputError(
        f"{definition.name}: its base {base.pinned} is not made for {platform}",
        cause=f"it has {', '.join(has for has, _ in entries if has) or 'no platform'}",
        remedy="choose a base that has it, or take the platform out of build.platforms",
    )


def configuration(definition: Definition, pinned: str, ports: Ports) -> dict[str, Any]:
    """The configuration of one platform's base, ``host/repository@digest``."""
    reference = Reference.parse(pinned)
    found = _manifest(definition, reference, ports)
    return image.config(_registry(definition, reference, ports), reference.repository, found)


def named(pin: BasePin, definition: Definition, ports: Ports) -> str:
    """The base for others, by a tag that exists: an internal base's version, else as it is referred to."""
    if definition.base.image is None:
        return pin.reference
    release = candidate.released(ports.catalog(), definition.base.image, Digest(pin.digest))
    return f"{pin.name}:{release.version}" if release else pin.reference


def _manifest(definition: Definition, reference: Reference, ports: Ports) -> Manifest:
    """Of an internal base the one that the catalog keeps of its build, where it does."""
    digest, internal = Digest(str(reference.digest)), definition.base.image
    kept = ports.catalog().kept_manifest(internal, digest) if internal else None
    return kept or _registry(definition, reference, ports).manifest(reference.repository, digest)


def _registry(definition: Definition, reference: Reference, ports: Ports) -> Registry:
    return ports.registry() if definition.base.image else ports.registry_of(reference.registry)


def external(request: Request) -> Reference:
    return Reference.parse(request.definition.base.reference or "")


def _no_choice(request: Request) -> None:
    """A root base has no versions to choose from; an event that came before it was one has passed."""
    if request.base_digest is not None and not request.event:
        raise InputError(
            f"{request.definition.name} cannot be built on {request.base_digest}",
            cause="it is bootstrapped from its distribution's archive: it has no base",
            remedy="trigger it without a base; to build it again, with force",
        )


def _not_against(reference: Reference, request: Request) -> None:
    """A definition's digest is not overruled. An event's other one came before the definition did, and
    is superseded by it."""
    asked = request.base_digest
    if asked is None or asked == reference.digest or request.event:
        return
    raise InputError(
        f"{request.definition.name} is pinned to another base than {asked}",
        cause=f"its definition says {reference}",
        remedy="change base.reference in the definition, or leave the digest out of it",
    )


def _released(image: str, ports: Ports) -> Digest | None:
    release = ports.catalog().current(image)
    return release.digest if release else None
