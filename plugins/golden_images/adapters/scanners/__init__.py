"""Scanners: ports.Scanner by name. One is a row here and a file."""

from __future__ import annotations

from collections.abc import Mapping

#: What is imported for it when it is asked for, and no sooner.
SCANNERS: Mapping[str, str] = {
    "distro": "golden_images.adapters.scanners.distro:DistroScanner",
    "grype": "golden_images.adapters.scanners.grype:Grype",
    "osv": "golden_images.adapters.scanners.osv:Osv",
    "osv-scanner": "golden_images.adapters.scanners.osv_scanner:OsvScanner",
    "trivy": "golden_images.adapters.scanners.trivy:Trivy",
}
