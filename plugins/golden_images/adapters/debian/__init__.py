"""Debian: its archive, its versions, and root file systems from it."""
