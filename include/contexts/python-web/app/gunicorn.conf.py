"""Gunicorn's settings. Each may be changed by GUNICORN_CMD_ARGS without a new image."""

bind = "0.0.0.0:8000"
workers = 2
# Workers show that they live by touching a file: in memory, because the root file system is read-only.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a memory file system in every container
accesslog = "-"
errorlog = "-"
graceful_timeout = 20
