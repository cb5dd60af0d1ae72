"""Fixtures of real services, one module each."""

pytest_plugins = [
    "tests.services.registry",
]
