"""Fixtures of real services, one module each."""

pytest_plugins = [
    "tests.services.airflow_stack",
    "tests.services.postgres",
    "tests.services.registry",
]
