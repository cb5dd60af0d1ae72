"""A tiny project whose base has a past: digests in the registry, versions in the ledger, backfills."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core import about, names
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.partition import PartitionKey
from golden_images.core.release import BaseVersion
from local.stack import database
from local.stack.airflow import process_environment
from tests.integration.tiny import Tiny

GONE = Digest.of(b"was never pushed")


@dataclass
class Past:
    """Backfills of images on one external base, through each of Airflow's doors."""

    tiny: Tiny

    def push(self, note: str) -> Digest:
        """The same file system under a digest of its own."""
        found = self.tiny.registry.manifest("base/shell", "1")
        content = canonical_json({**json.loads(found.content), "annotations": {"note": note}})
        pushed = self.tiny.registry.put_manifest("base/shell", content, found.descriptor.media_type)
        return Digest(pushed.digest)

    def record(self, month: int, digests: Sequence[Digest]) -> list[str]:
        """One version a day from the month's first on, at six; their partition keys."""
        catalog = SqlCatalog.from_url(database.url(self.tiny.stack.state, "golden_images"))
        keys = []
        for day, digest in enumerate(digests, start=1):
            at = datetime(2024, month, day, 6, tzinfo=UTC)
            assert catalog.record_base_version(BaseVersion(self.tiny.base, digest, at, source="import"))
            keys.append(str(PartitionKey(at, digest)))
        return keys

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, as a person runs it beside Airflow."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.tiny.project,
            env=process_environment(self.tiny.stack.state, self.tiny.project),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def airflow(self, name: str, month: int, *options: str) -> subprocess.CompletedProcess[str]:
        since, until = window(month)
        dag = f"golden_images.{name}"
        dates = ("--from-date", since, "--to-date", until)
        return self.command("airflow", "backfill", "create", "--dag-id", dag, *dates, *options)

    def ours(self, name: str, month: int, *options: str) -> subprocess.CompletedProcess[str]:
        since, until = window(month)
        return self.command("golden_images.cli", "backfill", name, "--from", since, "--to", until, *options)

    def rest(
        self, name: str, month: int | tuple[str, str], *, dry_run: bool = False, **more: Any
    ) -> dict[str, Any]:
        since, until = window(month) if isinstance(month, int) else month
        body = {"dag_id": f"golden_images.{name}", "from_date": since, "to_date": until, **more}
        path = "/api/v2/backfills/dry_run" if dry_run else "/api/v2/backfills"
        return self.tiny.stack.client._send("POST", path, json=body, tries=1)

    def runs(self, name: str, keys: Sequence[str] = ()) -> list[dict[str, Any]]:
        """In the order they were made; with ``keys``, those alone."""
        found = self.tiny.stack.client.runs(f"golden_images.{name}")[::-1]
        return [run for run in found if not keys or run["partition_key"] in keys]

    def ended(self, name: str, keys: Sequence[str], count: int) -> list[dict[str, Any]]:
        """The ``count`` runs of these versions, once all have ended. No backfill is open then."""

        def done() -> bool:
            runs = self.runs(name, keys)
            return len(runs) >= count and all(run["state"] in ("success", "failed") for run in runs)

        until(done, lambda: f"{name}: {[(run['dag_run_id'], run['state']) for run in self.runs(name)]}")
        self.close(name)
        return self.runs(name, keys)

    def pause(self, name: str, paused: bool) -> None:
        body = {"is_paused": paused}
        self.tiny.stack.client._send("PATCH", f"/api/v2/dags/golden_images.{name}", json=body)

    def close(self, name: str) -> None:
        """Ends the image's backfills, which else Airflow looks for every thirty seconds: until then an
        image with an ended one gets no other. Runs that have not begun fail."""
        client, query = self.tiny.stack.client, {"dag_id": f"golden_images.{name}"}
        for one in client._send("GET", "/api/v2/backfills", params=query)["backfills"]:
            if one["completed_at"] is None:
                client._send("PUT", f"/api/v2/backfills/{one['id']}/cancel", accept=(409,))

    def why(self, run: dict[str, Any]) -> str:
        found = self.tiny.stack.client.xcom(run["dag_id"], run["dag_run_id"], "resolve")
        return str(found["why"])

    def release(self, run: dict[str, Any]) -> tuple[str, Digest, str]:
        """Version, digest, and the base's digest as the image itself says it."""
        made = self.tiny.stack.client.xcom(run["dag_id"], run["dag_run_id"], "release")
        repository = f"golden/{run['dag_id'].removeprefix('golden_images.')}"
        manifest = json.loads(self.tiny.registry.manifest(repository, made["digest"]).content)
        return (
            made["version"],
            Digest(made["digest"]),
            manifest["annotations"][about.BASE_DIGEST],
        )

    def versions(self, name: str, month: int) -> list[str]:
        found = [tag for tag in self.tiny.tags(name) if names.is_version(tag)]
        return sorted(tag for tag in found if tag.startswith(f"2024.{month:02}."))


def window(month: int) -> tuple[str, str]:
    return f"2024-{month:02}-01", f"2024-{month:02}-28"


def until(condition: Callable[[], bool], what: Callable[[], str], seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:.0f} s: {what()}")
        time.sleep(0.5)
