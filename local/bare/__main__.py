"""``python3 -m local.bare <suite>… <command>``: in a root of each suite; an empty command is a shell."""

from __future__ import annotations

import os
import sys

from local import debian
from local.bare import machine, root
from local.bare.room import run_inside
from local.console import LocalError, main, say, step
from local.setup import ROOT, state_folder

_NEEDS = {
    "mmdebstrap": "makes the root from Debian's archive",
    "slirp4netns": "gives the root a network of its own",
    "git": "clones the project into it",
}


def bare() -> int:
    suites, command = _arguments(sys.argv[1:])
    if os.geteuid() != 0:
        raise LocalError("a root of its own needs root", remedy="sudo make bare …", exit_code=2)
    state = state_folder()
    log = state / "log/bare.log"
    needs = [debian.Need(name, reason) for name, reason in _NEEDS.items() if not debian.which(name)]
    if needs:
        with step("Debian packages") as progress:
            debian.install(needs, log, progress)
    failed = []
    for suite in suites:
        tar = root.image(suite, state / "bare", log)
        with root.unpacked(tar, state / "bare", ROOT) as folder:
            shown = command[-1] if command else "a shell"
            say(f"\n=== Debian {suite}: {shown}")
            code = run_inside(folder, command or ["bash"], machine.environment(), root.PROJECT)
            say(f"=== Debian {suite}: {shown}: exit code {code}\n")
        if code:
            failed.append(code)
    return failed[0] if failed else 0


def _arguments(words: list[str]) -> tuple[list[str], list[str]]:
    """Suites, and the command as a shell runs it; empty for a shell itself."""
    suites, text = words[:-1], words[-1] if words else ""
    unknown = [suite for suite in suites if suite not in root.SUITES]
    if not suites or unknown:
        raise LocalError(
            f"no such suite: {' '.join(unknown) or '(none)'}",
            remedy=f"make bare SUITE={'|'.join(root.SUITES)} COMMAND='make demo'",
            exit_code=2,
        )
    return suites, ["sh", "-c", text] if text.strip() else []


if __name__ == "__main__":
    main(bare)
