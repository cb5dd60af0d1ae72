"""One report out of the registry, as a browser may have it: text to read, or a file to keep. Never
what its maker called it: a report's own HTML or SVG is text here."""

from __future__ import annotations

from dataclasses import dataclass

from golden_images.core import names
from golden_images.core.digest import Digest
from golden_images.errors import IntegrityError
from golden_images.images import image as images
from golden_images.ports import Registry

#: Bytes of a report that is shown or handed out; an SBOM of a whole distribution has some ten million.
MAX_BYTES = 64 * 1024 * 1024


class TooLarge(Exception):
    """The report has more than :data:`MAX_BYTES`."""


@dataclass(frozen=True, slots=True)
class Shown:
    file_name: str
    content: bytes
    #: As it is declared; for people, not for a header.
    media_type: str

    @property
    def readable(self) -> bool:
        """Whether it is text; what is not is only handed out."""
        kind = self.media_type
        if not (kind.startswith("text/") or kind.endswith(("+json", "+xml", "/json", "/xml"))):
            return False
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return True


def report(registry: Registry, repository: str, subject: Digest, referrer: Digest) -> Shown:
    """Raises IntegrityError unless ``referrer`` is an artifact about ``subject`` with one layer,
    TooLarge, and RegistryError (404) for what is not there."""
    body = images.body(registry.manifest(repository, referrer))
    try:
        speaks_of = body["subject"]["digest"]
        (layer,) = body["layers"]
        digest, size, media_type = Digest(layer["digest"]), int(layer["size"]), str(layer["mediaType"])
        stage = str((body.get("annotations") or {}).get(names.ANNOTATION_STAGE) or "report")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise IntegrityError(f"{referrer} is no report") from None
    if speaks_of != subject:
        raise IntegrityError(f"{referrer} is about another image")
    if size > MAX_BYTES:
        raise TooLarge
    content = bytearray()
    with registry.open_blob(repository, digest) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > MAX_BYTES:
                raise TooLarge
    return Shown(names.file_name(stage, media_type), bytes(content), media_type)
