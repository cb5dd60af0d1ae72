"""``make up``: the stack without building anything."""

from __future__ import annotations

from local.console import main, say
from local.setup import state_folder
from local.stack.stack import Stack


def up() -> int:
    stack = Stack(state_folder())
    stack.start()
    say(f"\nAirflow: {stack.login()}")
    return 0


if __name__ == "__main__":
    main(up)
