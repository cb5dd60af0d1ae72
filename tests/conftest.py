"""Fixtures of real services, one module each."""

import os

pytest_plugins = [
    "tests.golden.compare",
    "tests.services.airflow_stack",
    "tests.services.engine",
    "tests.services.postgres",
    "tests.services.registry",
]

# Needs tools that only `make interop` builds, and is run by it.
collect_ignore = [] if os.environ.get("GOLDEN_IMAGES_INTEROP_TOOLS") else ["interop"]
