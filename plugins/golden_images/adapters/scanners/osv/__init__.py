"""ports.Scanner over advisories in OSV's format: ``core/osv`` with files."""

from golden_images.adapters.scanners.osv.scanner import Osv

__all__ = ["Osv"]
