"""The note on a run's page: what the run did, or why it did nothing.

A listener of Airflow's, in the scheduler, in the transaction that ends the run. So it writes with plain
statements behind a savepoint: whatever goes wrong here costs the note alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import Connection

    from golden_images.operators.stopped import Stopped

_log = logging.getLogger(__name__)

#: Airflow keeps no more.
_LIMIT = 1000
#: Between what a person wrote and what is told here; a run that is cleared is told anew.
_RULE = "\n\n---\n\n"
INVALID = "**The definition is invalid**: the DAG's documentation says how, and `golden-images check`."
#: What begins a text of :func:`told`, and so nothing that a person is to lose.
_OURS = (
    *("**Failed in ", "**The definition is invalid**", "**Released `", "**Nothing built**"),
    "**Nothing published**",
)


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    del msg
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    del msg
    _note(dag_run)


def told(
    resolve: Mapping[str, str], release: Mapping[str, str], failed: Sequence[Stopped], asked: str = ""
) -> str:
    """Markdown. ``resolve`` and ``release`` are what those tasks returned, empty if nothing; ``failed``
    are the tasks that failed, the first of them first; ``asked`` is who asked and why."""
    from golden_images.factory.markdown import code, escaped, link

    why, version = escaped(resolve.get("reason", "")), resolve.get("version", "")
    judged = resolve.get("why") == "demands-changed"
    about = f"{code(version)}{' keeps its channels' if judged else ''}, {why}" if version else ""
    if failed:
        text = f"**Failed in {', '.join(link(one.task, one.page) for one in failed)}.**"
        text = INVALID if any(one.task == "definition" for one in failed) else text
        # What failed first, in the line that Airflow shows; the others have pages of their own.
        text = "\n\n".join(part for part in (text + _problem(failed[0]), about) if part)
    elif release.get("released") == "yes":
        text = f"**Released {code(release['version'])}**: {why}\n\n{code(release['digest'])}"
    elif release and judged:
        text = f"**Nothing built**: {code(release['version'])} meets what is demanded now. {why}"
    elif release:
        detail = release.get("detail") or "it is released already"
        stands = f"{code(release['version'])} stands: {escaped(detail)}"
        text = f"**Nothing published**: {stands}. The run's reason: {why}"
    elif resolve:
        text = f"**Nothing built**: {why}"
    else:
        return ""
    return text + (f"\n\nAsked by {escaped(asked)}" if asked else "")


def _problem(failed: Stopped) -> str:
    from golden_images.factory.markdown import escaped, link

    report = f"({link('report', failed.report)})" if failed.report else ""
    return "".join(f" {part}" for part in (escaped(failed.problem), report) if part)


def beside(written: str, text: str) -> str:
    """``text`` below what a person wrote in the note that stands; in place of what was told before."""
    persons = persons_part(written)
    return f"{persons}{_RULE}{text}" if persons else text


def _note(dag_run: DagRun) -> None:
    from golden_images.scheduling.naming import image_of

    if image_of(dag_run.dag_id) is None:
        return
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return
    try:
        session.flush()
        connection = session.connection()
        # Not the session's own savepoint: the scheduler forbids it to commit anything.
        with connection.begin_nested():
            _write(connection, dag_run)
    except Exception:
        _log.warning("no note on %s of %s", dag_run.run_id, dag_run.dag_id, exc_info=True)


def _write(connection: Connection, dag_run: DagRun) -> None:
    from golden_images.airflow_internals import metadata
    from golden_images.airflow_internals.runs import MANUAL
    from golden_images.job import Makes
    from golden_images.operators.stopped import KEY, stopped
    from golden_images.pipeline import RESOLVE, maker

    told_by = RESOLVE.name, maker(Makes.RELEASE).name
    results = metadata.results(connection, dag_run, told_by)
    failed = metadata.failed_tasks(connection, dag_run)
    by_hand = dag_run.run_type == MANUAL
    asked = _asked(dag_run) if by_hand else ""
    left = metadata.results(connection, dag_run, failed, KEY)
    ends = [stopped(dag_run.dag_id, dag_run.run_id, task, left.get(task)) for task in failed]
    resolved, released = (_texts(results.get(task)) for task in told_by)
    text = told(resolved, released, ends, asked)
    if not text:
        return
    written = metadata.note(connection, dag_run)
    text = text if written is None else beside(written, text)
    metadata.write_note(connection, dag_run, text[:_LIMIT], instead=written is not None)


def persons_part(written: str) -> str:
    """What a person wrote in a note that stands; what was told below it, or alone, is told anew."""
    head, _, last = written.rpartition(_RULE)
    return head if last.startswith(_OURS) else written


def _asked(dag_run: DagRun) -> str:
    from golden_images.core import words
    from golden_images.core.note import MAX_ACTOR, tidy

    why = tidy(str((dag_run.conf or {}).get("reason") or ""))
    who = tidy(dag_run.triggering_user_name or "", MAX_ACTOR)
    return words.asked_by(who, why)


def _texts(value: Any) -> Mapping[str, str]:
    return {key: str(one) for key, one in value.items()} if isinstance(value, dict) else {}
