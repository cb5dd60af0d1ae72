"""What an image says of itself, in OCI's words: on its configuration (``docker inspect``), on its
manifest and on its index.

Only what the inputs determine, so that the same content has the same digest: a version, a revision or
the run belong to the release record. None of it makes a build: what is said anew comes with the next.

Source: OCI image specification, "Pre-Defined Annotation Keys".
"""

from __future__ import annotations

from collections.abc import Mapping

from golden_images.core import names
from golden_images.core.definition import About, Definition
from golden_images.core.organisation import Organisation

PREFIX = "org.opencontainers.image."
BASE_NAME = f"{PREFIX}base.name"
BASE_DIGEST = f"{PREFIX}base.digest"


def describe(
    organisation: Organisation, definition: Definition, base_name: str, base_digest: str
) -> dict[str, str]:
    """By key; what nobody said is left out. ``base_name`` has a tag that exists."""
    said = {
        "title": definition.name,
        "description": definition.description,
        "authors": definition.owner,
        **_about(organisation.about, definition.name),
        **_about(definition.about, definition.name),
    }
    named = {f"{PREFIX}{key}": text for key, text in said.items()}
    named |= {BASE_NAME: base_name, BASE_DIGEST: base_digest}
    own = {key: text for key, text in definition.labels.items() if key.startswith(PREFIX)}
    return {key: text for key, text in named.items() if text} | own


def manifest_annotations(labels: Mapping[str, str], created: str) -> dict[str, str]:
    """A manifest's: the same, and when the configuration says that it was made (RFC 3339)."""
    return {**labels, names.ANNOTATION_CREATED: created}


def without_base(labels: Mapping[str, str]) -> dict[str, str]:
    """What is said of the image alone: the same result on another base is the same image."""
    return {key: text for key, text in labels.items() if key not in (BASE_NAME, BASE_DIGEST)}


def supplier(labels: Mapping[str, str]) -> str:
    """Whom an SBOM names: the vendor, else those who answer for the image."""
    return labels.get(f"{PREFIX}vendor") or labels.get(f"{PREFIX}authors", "")


def blanked(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The base's statements that nothing of ours replaces: they are about the base, and an engine knows
    no way to drop a label but to empty it."""
    return {key: "" for key in inherited if key.startswith(PREFIX) and key not in own}


def _about(about: About, name: str) -> dict[str, str]:
    return {key: text.replace("{image}", name) for key, text in about.model_dump().items() if text}
