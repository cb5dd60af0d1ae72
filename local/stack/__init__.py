"""The local stack: Docker Engine, OCI registry, PostgreSQL and Airflow's components as processes."""
