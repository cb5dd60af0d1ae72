"""The catalog as the registry gives it."""
