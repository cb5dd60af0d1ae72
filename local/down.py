"""``make down`` and ``make clean``: stop what was started here, and only that. Standard library only."""

from __future__ import annotations

import sys

from local.console import main, say, step
from local.setup import state_folder


def down() -> int:
    from local.stack import engine
    from local.stack.stack import Stack

    folder = state_folder()
    if not folder.exists():
        say("[ok] nothing was started here")
        return 0
    stack, clean = Stack(folder), "--clean" in sys.argv[1:]
    if clean and not stack.state.read("run/dockerd.json"):
        with step("Containers and images of ours, in the engine") as progress:
            progress.note = f"{engine.remove_ours()} removed"
    with step("Stop") as progress:
        stopped = stack.stop()
        progress.note = ", ".join(stopped) or "nothing was running"
    if clean:
        with step("State"):
            stack.remove()
    return 0


if __name__ == "__main__":
    main(down)
