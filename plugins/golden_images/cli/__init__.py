"""``golden-images``: the command line. Light to start: nothing heavy is imported before a command runs."""

from golden_images.cli.app import main

__all__ = ["main"]
