"""Peak memory of the stages that handle a build context, for a small one and a large one.

Each context goes through resolve, lint and build in a process of its own, against a real registry, a
real engine and real hadolint: the peak is the process's own, as the operating system counts it. The
baseline of the large context is the small one in the same run.

    python -m benchmarks.memory [--megabytes 10 500]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.report import conclude, table
from golden_images import jobs
from golden_images.adapters.catalog import SqlCatalog
from golden_images.adapters.engine import DockerEngine
from golden_images.adapters.registry import RegistryClient, client_from
from golden_images.adapters.tools.hadolint import Hadolint
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.organisation import Organisation
from golden_images.pipeline import demands, schema
from golden_images.planning.request import Request
from golden_images.ports import Ports
from golden_images.stages import build, lint, resolve
from local.debian import engine_endpoint
from tests.services.registry import RegistryService

#: The large context's peak may be so many megabytes above the small one's.
GOAL_MEGABYTES = 60
NAME = "large"
#: An empty tar, compressed: the base has no files.
_NOTHING = gzip.compress(bytes(1024), mtime=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", nargs=2, type=int, default=[10, 500], metavar=("SMALL", "LARGE"))
    parser.add_argument("--stages", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stages:
        return _stages(options.stages)
    small, large = (_measured(size) for size in options.megabytes)
    rows = [
        [f"{size} MB", *peaks.values()] for size, peaks in zip(options.megabytes, (small, large), strict=True)
    ]
    table(["context, peak in MB after", *small], rows)
    above = large["build"] - small["build"]
    print(f"{above:.0f} MB more; goal: at most {GOAL_MEGABYTES}")
    return conclude(
        "memory",
        measured=large,
        baseline=small,
        ratio={"peak": large["build"] / small["build"]},
        goal={"above": f"<= {GOAL_MEGABYTES} MB"},
        holds=above <= GOAL_MEGABYTES,
    )


def _measured(megabytes: int) -> dict[str, float]:
    """The peak after each stage, in megabytes."""
    with tempfile.TemporaryDirectory(prefix="golden-images-bench-") as name:
        folder = Path(name)
        context = folder / "contexts" / NAME
        (context / "tests").mkdir(parents=True)
        (context / "tests" / "test_it.py").write_text("def test_it(host): pass\n")
        (context / "Dockerfile").write_text(
            "ARG BASE\nFROM ${BASE}\nCOPY Dockerfile /Dockerfile\nUSER 1000\n"
        )
        with (context / "data").open("wb") as data:
            for _ in range(megabytes):
                data.write(os.urandom(1_000_000))
        (folder / "registry").mkdir()
        service = RegistryService(folder / "registry")
        service.start()
        try:
            _push_base(client_from(service.host))
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.memory", "--stages", f"{folder}:{service.port}"],
                stdout=subprocess.PIPE,
                check=True,
            )
        finally:
            service.stop()
        peaks: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return peaks


def _push_base(registry: RegistryClient) -> None:
    layer = registry.push_blob("base", _NOTHING)
    config = registry.push_blob(
        "base",
        canonical_json(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [Digest.of(gzip.decompress(_NOTHING))]},
            }
        ),
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": media.MANIFEST,
        "config": {"mediaType": media.CONFIG, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": media.LAYER, "digest": layer.digest, "size": layer.size}],
    }
    registry.put_manifest("base", canonical_json(manifest), media.MANIFEST, tag="1")


def _stages(place: str) -> int:
    folder, _, port = place.rpartition(":")
    ports, host = _ports(Path(folder), f"127.0.0.1:{port}"), f"127.0.0.1:{port}"
    organisation = Organisation.model_validate({"schema": 1})
    definition = schema().model_validate(
        {
            "schema": 1,
            "name": NAME,
            "description": "a large context",
            "owner": "bench",
            "base": {"reference": f"{host}/base:1"},
        }
    )
    now = datetime.now(UTC)
    peaks: dict[str, float] = {}
    request = Request(
        organisation,
        definition,
        Path(folder) / "contexts",
        run_id="bench",
        now=now,
        date=now,
        log=_log,
        demands=demands(definition),
    )
    resolution = resolve.run(request, ports)
    peaks["resolve"] = _peak()
    assert resolution.plan_digest is not None
    for stage in (lint, build):
        name = stage.__name__.rpartition(".")[2]
        job = jobs.from_plan(
            organisation,
            NAME,
            resolution.plan_digest,
            ports.registry(),
            stage=name,
            owner="bench",
            log=_log,
        )
        stage.run(job, ports)
        peaks[name] = _peak()
    print(json.dumps(peaks))
    return 0


def _ports(folder: Path, host: str) -> Ports:
    import docker

    endpoint = engine_endpoint()
    registry = client_from(host)
    catalog = SqlCatalog.from_url(f"sqlite:///{folder / 'catalog.sqlite'}")
    catalog.migrate()
    engine = DockerEngine(lambda: docker.APIClient(base_url=endpoint, version="auto"), endpoint)

    def unused(*_: object) -> Any:
        raise AssertionError("no stage here needs it")

    return Ports(
        registry=lambda: registry,
        engine=lambda: engine,
        catalog=lambda: catalog,
        sbom_generator=unused,
        linter=cache(Hadolint),
        test_runner=unused,
        bootstrapper=unused,
        package_archive=unused,
        downloads=unused,
        scanner=unused,
        registry_of=lambda _: registry,
    )


def _peak() -> float:
    """Of this process, in megabytes; what it started has memory of its own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _log(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
