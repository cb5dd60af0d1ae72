"""Scans: what scanners say of a stored SBOM, and whether it is believed."""
