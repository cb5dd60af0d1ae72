"""Whether a base that a run is asked for by digest is one to build on.

The registry having it proves nothing: whoever may push there may put anything, and a candidate is no
release. The catalog says what was released, and what an external base was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from golden_images.core.digest import Digest
from golden_images.core.reference import Reference
from golden_images.core.release import ReleaseState
from golden_images.errors import StageFailed
from golden_images.images import candidate
from golden_images.ports import Ports

if TYPE_CHECKING:
    from golden_images.planning.request import Request


def release(request: Request, base: str, digest: Digest, ports: Ports) -> None:
    """Raises StageFailed unless ``digest`` is a release of the image ``base`` that nobody revoked."""
    found = candidate.released(ports.catalog(), base, digest)
    if found is not None and found.state is ReleaseState.GOOD:
        return
    why = "it may be a candidate that no gate has passed"
    raise StageFailed(
        f"{request.definition.name}: its base {digest} is no release of {base}",
        cause="it was revoked" if found else f"the catalog knows no such release: {why}",
        remedy=f"golden-images show {base} lists the releases",
    )


def version(request: Request, base: Reference, digest: Digest, ports: Ports) -> None:
    """Raises StageFailed unless ``digest`` is a version of ``base`` that the ledger knows, or what its
    tag is now."""
    if any(known.digest == digest for known in ports.catalog().base_versions(str(base))):
        return
    registry = ports.registry_of(base.registry)
    found = registry.resolve(base.repository, base.tag or "")
    if found is None or found.digest != digest:
        raise StageFailed(
            f"{request.definition.name}: its base {digest} is no version of {base}",
            cause="the ledger does not know it, and the tag is "
            + (f"{found.digest} now" if found else f"not known to {registry.host}"),
            remedy=f"golden-images bases list {base} shows the versions; bases sync and import add past ones",
        )
