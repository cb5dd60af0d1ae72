"""The two commands on a bare machine: set-up, the local stack, the demo and the checks.

Nothing here is part of the pipeline; a team with an Airflow of its own needs none of it.
"""
