"""Every use of what Airflow does not promise to keep, one idea a file, so that an upgrade breaks here.

``tests/contract/test_airflow_internals.py`` holds each against the Airflow that is installed. What
``airflow.sdk`` and the documentation of timetables, triggers, listeners and plugins offer is used where
it is needed, and not through here.
"""
