"""Ends with 0 if the application in this container answers; what HEALTHCHECK runs."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

try:
    with urlopen("http://127.0.0.1:8000/healthz", timeout=2) as answer:
        healthy = answer.status == 200
except (URLError, TimeoutError) as error:
    sys.exit(f"unhealthy: {error}")
sys.exit(0 if healthy else f"unhealthy: status {answer.status}")
