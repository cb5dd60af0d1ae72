"""The group of commands, and how a run of it ends.

========  ==========================================================
exit      when
========  ==========================================================
0         all is well
1         problems in the input, or any other error of ours
2         the call itself is wrong
3         a service or tool did not do its part
130       interrupted (Ctrl-C)
141       whoever read the output went away (as SIGPIPE would say)
========  ==========================================================
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from golden_images.cli.advisories import advisories
from golden_images.cli.backfill import backfill
from golden_images.cli.bases import bases
from golden_images.cli.catalog import catalog
from golden_images.cli.check import check
from golden_images.cli.completion import completion
from golden_images.cli.failure import exit_code, write_error
from golden_images.cli.gate import gate
from golden_images.cli.images import list_images
from golden_images.cli.output import paint, write_problem
from golden_images.cli.plan import plan
from golden_images.cli.retire import retire
from golden_images.cli.schema import schema
from golden_images.cli.services import Services
from golden_images.cli.show import show
from golden_images.cli.waivers import waivers
from golden_images.errors import DefinitionError, GoldenImagesError

DEBUG = "GOLDEN_IMAGES_DEBUG"
PROGRAM = "golden-images"
_JSON = "--json"


class _ReaderGone(Exception):
    """A broken pipe, in a form that click does not turn into exit code 1."""


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 well, 1 problems found in the input, 2 wrong usage, 3 a service did not answer.",
)
@click.version_option(package_name=PROGRAM, message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Log more to stderr; twice for debugging.")
def cli(verbose: int) -> None:
    """Golden images: one definition, one DAG, one proven digest."""
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.basicConfig(
        level=levels[min(verbose, 2)], stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )


for _command in (
    check,
    plan,
    list_images,
    show,
    gate,
    retire,
    backfill,
    bases,
    waivers,
    advisories,
    schema,
    catalog,
    completion,
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None, services: Services | None = None) -> int:
    """Runs one command and returns the exit code; ``services`` replaces the real ones in tests."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        result = cli.main(args=given, prog_name=PROGRAM, standalone_mode=False, obj=services or Services())
        sys.stdout.flush()
    except (_ReaderGone, BrokenPipeError):
        # The interpreter flushes standard output at exit, and would complain there once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        return _explain(error, as_json=_JSON in given)
    except KeyboardInterrupt:
        return _explain(click.Abort(), as_json=_JSON in given)
    return result if isinstance(result, int) else 0


def _explain(error: Exception, *, as_json: bool) -> int:
    """Says what happened, without a trace: on stderr, or as the one JSON document; the exit code."""
    code = exit_code(error)
    if as_json:
        write_error(error, code)
        _trace(error)
    else:
        _tell(error)
    return code


def _tell(error: Exception) -> None:
    match error:
        case DefinitionError():
            for problem in error.problems:
                write_problem(problem, err=True)
        case GoldenImagesError():
            click.echo(f"{paint('error:', fg='red', bold=True)} {error}", err=True)
            _trace(error)
        case click.ClickException():
            error.show()
        case click.Abort():
            click.echo("interrupted", err=True)
        case _:
            what = f"unexpected {type(error).__name__}: {error}"
            click.echo(f"{paint('error:', fg='red', bold=True)} {what}", err=True)
            if not _trace(error):
                click.echo(f"  this is a mistake in {PROGRAM}; {DEBUG}=1 shows where", err=True)


def _trace(error: Exception) -> bool:
    if not os.environ.get(DEBUG):
        return False
    traceback.print_exception(error, file=sys.stderr)
    return True
