"""Tasks on several workers attach evidence to one image at the same moment: none may get lost."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from golden_images.adapters.registry import client_from
from golden_images.adapters.registry import documents as doc
from golden_images.adapters.registry.referrers import fallback_tag
from golden_images.core import media
from tests.services.registry import RegistryService

pytestmark = pytest.mark.registry

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
#: One worker: waits for the word, attaches its evidence, says what it attached.
WORKER = """
import sys
from golden_images.adapters.registry import client_from
host, repository, worker = sys.argv[1:]
registry = client_from(host)
subject = registry.resolve(repository, "v1")
print("ready", flush=True)
sys.stdin.readline()
for number in range(3):
    stage = f"{worker}-{number}"
    made = registry.attach(
        repository, subject, artifact_type="application/x-test", blobs=[("text/plain", stage.encode())],
        annotations={"stage": stage},
    )
    print(made.digest, flush=True)
"""


def test_no_evidence_of_four_processes_gets_lost(registry_service: RegistryService) -> None:
    repository = f"writers/{uuid.uuid4().hex}"
    registry = client_from(registry_service.host)
    subject = registry.put_manifest(repository, doc.index([]), media.INDEX, tag="v1")
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, registry_service.host, repository, str(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(PLUGINS)},
        )
        for worker in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    attached = [line for worker in workers for line in worker.communicate(timeout=120)[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert len(set(attached)) == 12
    assert {one.digest for one in registry.referrers(repository, subject.digest)} == set(attached)
    index = registry.manifest(repository, fallback_tag(subject.digest))
    assert {one.digest for one in doc.entries(index.content, "the index")} == set(attached)
