"""``make shell``: a shell in which ``airflow`` and ``golden-images`` find the local stack."""

from __future__ import annotations

import os

from local.console import LocalError, main
from local.environment import child_environment
from local.setup import state_folder
from local.stack.state import State


def shell() -> int:
    state = State(state_folder())
    settings = state.environment()
    if not settings:
        raise LocalError("nothing was started here", remedy="make up, or make demo")
    program = os.environ.get("SHELL") or "/bin/sh"
    environment = {**child_environment(), **settings}
    os.execve(program, [program], environment)  # noqa: S606 - the user's own shell


if __name__ == "__main__":
    main(shell)
