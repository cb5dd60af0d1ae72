"""``golden-images completion``: the script that teaches a shell our commands and images."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    bash: `golden-images completion bash > ~/.local/share/bash-completion/completions/golden-images`
    """
    kind = get_completion_class(shell)
    root = context.find_root()
    if kind is None or root.info_name is None:
        raise click.UsageError(f"no completion for {shell}")
    variable = f"_{root.info_name}_COMPLETE".replace("-", "_").upper()
    click.echo(kind(root.command, {}, root.info_name, variable).source())
