"""The names that things of ours have in a registry: annotations, artifact types and tags.

A repository holds, by tag:

==============================  =====================================================================
``2026.11.23-1a2b3c4d``         a release; the tag never moves
``dev``, ``prod``, …            a channel; the tag moves
==============================  =====================================================================

and, from a run's start to its release, and where tags cannot be removed also after it:

==============================  =====================================================================
``build-<build id>``            a candidate for several platforms
``build-<build id>.linux-arm64`` one platform's image: what the engine pushed, then the candidate('s)
``build-<build id>.<12 hex>.plan`` a build plan with its context
==============================  =====================================================================

Evidence, records and a release's plan are attached to the image, which keeps them. Where the registry has no
referrers API, tags keep them from garbage collection, and each platform's image of an index, too:

==============================  =====================================================================
``sha256-<hex>``                the fallback index of referrers (OCI distribution specification)
``sha256-<hex>.<12 hex>``       one of them
==============================  =====================================================================

The version before tagged records, plans and evidence by names of their own, which are still reserved:
``….release``, ``….move``, ``….judgement``, ``….plan``, ``sha256-<hex>.<stage>.<kind>.<mark>``.

The repository ``advisories`` holds databases instead of images: ``osv-2026.11.24-1a2b3c4d5e6f``.

No two kinds can be confused: a channel's name that looks like another kind is not taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from golden_images.core import media
from golden_images.core.digest import Digest
from golden_images.core.reference import valid_tag

# Source: OCI image specification, "Pre-Defined Annotation Keys".
ANNOTATION_CREATED = "org.opencontainers.image.created"
ANNOTATION_VERSION = "org.opencontainers.image.version"
ANNOTATION_TITLE = "org.opencontainers.image.title"

# Containers have the same keys as labels.
ANNOTATION_BUILD_ID = "io.golden-images.build-id"
#: The stage that made a referrer, or runs a container.
ANNOTATION_STAGE = "io.golden-images.stage"

#: Of a database of advisories: what it is, its own version, when it was put together, how much it holds.
ANNOTATION_DATABASE = "io.golden-images.database"
ANNOTATION_BUILT = "io.golden-images.built"
ANNOTATION_RECORDS = "io.golden-images.records"

#: The repository, below the organisation's namespace, of the databases of advisories.
ADVISORIES = "advisories"
#: Names that no image has: a repository or a DAG of the project's own is called so.
RESERVED = frozenset({ADVISORIES, "rescan"})

_VERSION = re.compile(r"\d{4}\.\d{2}\.\d{2}-[0-9a-f]{8}")
_PLATFORM = re.compile(r"build-[0-9a-f]{64}\.[a-z0-9_]+-[A-Za-z0-9_.-]+")
_CANDIDATE = re.compile(r"build-([0-9a-f]{64})")
_OTHERS = re.compile(
    r"build-[0-9a-f]{64}\..+|.+\.plan|sha256-[0-9a-f]{64}(\..+)?|.+\.(release|move|judgement)"
)


def is_version(tag: str) -> bool:
    return _VERSION.fullmatch(tag) is not None


def candidate_build_id(tag: str) -> str | None:
    """The build id of the tag of a candidate for several platforms; None for any other tag."""
    match = _CANDIDATE.fullmatch(tag)
    return match[1] if match else None


def may_be_channel(tag: str) -> bool:
    """Whether ``tag`` has none of the forms that are reserved for something else."""
    return not (_VERSION.fullmatch(tag) or _CANDIDATE.fullmatch(tag) or _OTHERS.fullmatch(tag))


def candidate_tag(build_id: str, platforms: Sequence[str]) -> str:
    """One image is tagged once: a registry may be unable to take the other tag away."""
    return platform_tag(build_id, platforms[0]) if len(platforms) == 1 else f"build-{build_id}"


def platform_tag(build_id: str, platform: str) -> str:
    """Where the engine pushes one platform's image. It then keeps the candidate's from garbage
    collection, which knows tags but not indexes."""
    return _checked(f"build-{build_id}.{platform.replace('/', '-')}")


def database_tag(name: str, built: str, digest: str) -> str:
    """Keeps a database of advisories from garbage collection, and names it for people. ``built`` is the day,
    ``digest`` the first hex digits of the artifact's."""
    return _checked(f"{name}-{built}-{digest}")


def is_platform(tag: str) -> bool:
    """Whether it is one platform's image of a build."""
    return _PLATFORM.fullmatch(tag) is not None


def plan_tag(build_id: str, plan: Digest) -> str:
    """Its own, also where another run demands something else of the same build."""
    return f"build-{build_id}.{plan.short}.plan"


#: File names' endings by media type; each is what the format's own tools look for.
_ENDINGS = {
    media.CYCLONEDX: "cdx.json",
    media.CYCLONEDX_VDR: "vdr.cdx.json",
    media.SPDX: "spdx.json",
    media.SARIF: "sarif",
    media.JUNIT: "junit.xml",
    media.IN_TOTO: "intoto.json",
}


def file_name(stage: str, media_type: str) -> str:
    """``sbom.cdx.json``, ``lint.sarif``: what a report is called where it becomes a file."""
    ending = _ENDINGS.get(media_type)
    if ending is None:
        ending = next((one for one in ("json", "xml") if media_type.endswith((f"+{one}", f"/{one}"))), "bin")
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', stage)[:100] or 'report'}.{ending}"


def _checked(tag: str) -> str:
    if not valid_tag(tag):
        raise ValueError(f"{tag!r} is no tag")
    return tag
