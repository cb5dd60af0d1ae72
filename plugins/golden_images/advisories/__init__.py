"""Databases of advisories: artifacts in our registry, by digest, so that every worker has the same one."""
