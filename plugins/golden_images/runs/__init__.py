"""What becomes of runs, as Airflow tells it: notes on their pages, failures, alerts."""
