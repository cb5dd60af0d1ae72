"""``make down`` and ``make clean``: stop what was started here, and only that. Standard library only."""

from __future__ import annotations

import shutil
import sys

from local.console import main, say, step
from local.setup import state_folder
from local.stack import airflow, engine
from local.stack.stack import stacks


def down() -> int:
    folder, clean = state_folder(), "--clean" in sys.argv[1:]
    if not folder.exists():
        say("[ok] nothing was started here")
        return 0
    for stack in stacks(folder):
        registry = airflow.registry_host(stack.state)
        if clean and registry:
            with step(f"Containers and images of {registry} in the engine") as progress:
                progress.note = f"{engine.remove_ours(registry)} removed"
        with step(f"Stop what was started from {stack.folder}") as progress:
            progress.note = ", ".join(stack.stop()) or "nothing was running"
        if clean:
            stack.remove()
    if clean:
        with step(f"Remove {folder}"):
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    main(down)
