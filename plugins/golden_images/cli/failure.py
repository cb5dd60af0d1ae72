"""An error as the one JSON document of a command that was asked for one."""

from __future__ import annotations

from typing import Any

import click

from golden_images.cli.output import near, write_json
from golden_images.errors import DefinitionError, GoldenImagesError


def exit_code(error: Exception) -> int:
    match error:
        case GoldenImagesError():
            return error.exit_code
        case click.ClickException():
            return 2
        case click.Abort():
            return 130
    return 1


def write_error(error: Exception, code: int) -> None:
    """``{"error": {"type", "message", "cause", "remedy", "where", "exit_code"}}``; a definition's error
    has its ``problems``, as ``golden-images check --json`` writes them."""
    facts: dict[str, Any] = {
        "type": type(error).__name__,
        "message": _message(error),
        "cause": getattr(error, "cause", "") or None,
        "remedy": getattr(error, "remedy", "") or None,
        "where": getattr(error, "endpoint", "") or None,
        "exit_code": code,
    }
    if isinstance(error, DefinitionError):
        facts["problems"] = [problem.as_json(near(problem.path)) for problem in error.problems]
    write_json({"error": facts})


def _message(error: Exception) -> str:
    match error:
        case GoldenImagesError():
            return error.what
        case click.ClickException():
            return error.format_message()
        case click.Abort():
            return "interrupted"
    return str(error)
