"""Golden images: definitions in, proven digests out. See README.md and adr/."""
