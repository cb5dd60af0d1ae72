"""``make up``: the stack without building anything."""

from __future__ import annotations

from local.console import main, say
from local.setup import state_folder
from local.stack.airflow import USER
from local.stack.stack import Stack


def up() -> int:
    stack = Stack(state_folder())
    fresh = not (stack.folder / "secrets.json").exists()
    stack.start()
    password = stack.state.secrets()["admin_password"] if fresh else f"in {stack.folder}/secrets.json"
    say(f"\nAirflow: {stack.url}  user {USER}  password {password}")
    return 0


if __name__ == "__main__":
    main(up)
