"""Measurements against a baseline taken in the same run on the same machine: ``make bench-<name>``."""
