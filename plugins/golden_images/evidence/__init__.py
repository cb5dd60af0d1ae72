"""Reports in the registry: stored, found again, judged."""
