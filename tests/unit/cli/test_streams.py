"""Results on standard output, everything else on standard error; with Airflow's own logging on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "include" / "images").mkdir(parents=True)
    shutil.copy(ROOT / "include" / "golden_images.yaml", tmp_path / "include")
    connection = {"conn_type": "sqlite", "host": str(tmp_path / "catalog.db")}
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW_CONN_GOLDEN_IMAGES_CATALOG": json.dumps(connection),
    }
    done = subprocess.run(
        [str(Path(sys.executable).parent / "golden-images"), "catalog", "migrate", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert "alembic" in done.stderr, "nothing was logged, so nothing was told apart"
