"""``make demo``: images of include/images, from their root's triggered DAG, on this machine.

``IMAGES`` names them, or says ``all``; what is not asked for stays paused.
"""

from __future__ import annotations

import os
import sys
import time

from local.console import LocalError, main, say, step
from local.follow import notes, table
from local.follow.choice import chosen, waiting
from local.follow.follower import Follower
from local.follow.images import Ending, Image
from local.follow.view import View
from local.setup import state_folder
from local.stack import airflow, database
from local.stack.processes import Processes
from local.stack.rest import NoAnswer
from local.stack.stack import Stack

#: Minutes for all images together; on two slow cores the first time takes about ten.
MINUTES = 60.0
#: Seconds that the API server may be silent before the demo gives up on it.
_SILENCE = 60.0


def demo() -> int:
    stack = Stack(state_folder())
    images, broken = _images(stack)
    stack.start()
    with step(f"DAGs of {len(images)} images") as progress:
        _wait_for_dags(stack, images)
        progress.note = ", ".join(image.name for image in images.values())
    say()
    follower = Follower(stack.client, images)
    _follow(stack, follower)
    _close(stack, images)
    return 0 if not broken and all(image.ending and image.ending.good for image in images.values()) else 1


def _guarded() -> int:
    from golden_images.errors import GoldenImagesError

    try:
        return demo()
    except GoldenImagesError as error:
        raise LocalError(
            error.what, cause=error.cause, remedy=error.remedy, exit_code=error.exit_code
        ) from None


def _images(stack: Stack) -> tuple[dict[str, Image], int]:
    """Parents before children, and how many definitions are broken; each problem is printed."""
    from golden_images.project import load

    project = load(stack.project)
    for problems in project.broken.values():
        for problem in problems:
            say(f"{problem}\n", stream=sys.stderr)
    parents = {name: definition.base.image for name, definition in project.definitions.items()}
    names = chosen(parents, os.environ.get("IMAGES", ""))
    if not names:
        raise LocalError(
            "there is no image to build", cause="include/images has no sound definition", exit_code=1
        )
    return {name: Image(name, parents[name]) for name in names}, len(project.broken)


def _wait_for_dags(stack: Stack, images: dict[str, Image], seconds: float = 180) -> None:
    wanted, deadline = {image.dag_id for image in images.values()}, time.monotonic() + seconds
    while True:
        known = stack.client.dags()
        missing = wanted - set(known)
        if not missing:
            break
        if time.monotonic() > deadline:
            errors = [
                f"{error['filename']}:\n{error['stack_trace']}" for error in stack.client.import_errors()
            ]
            raise LocalError(
                f"the dag-processor made no {', '.join(sorted(missing))}",
                cause="\n".join(errors)
                or f"no import error is known; see {stack.state.log('dag-processor')}",
            )
        time.sleep(0.5)
    for dag_id in wanted:
        if known[dag_id]["is_paused"]:
            stack.client.pause(dag_id, paused=False)
    for dag_id in waiting(known, wanted):
        if not stack.client.runs(dag_id):
            stack.client.pause(dag_id)


def _follow(stack: Stack, follower: Follower) -> None:
    from golden_images.pipeline import PIPELINE, RESOLVE

    minutes = float(os.environ.get("GOLDEN_IMAGES_DEMO_MINUTES") or MINUTES)
    deadline, heard = time.monotonic() + minutes * 60, time.monotonic()
    follower.begin()
    with View(sys.stdout, tuple(row.name for row in (RESOLVE, *PIPELINE))) as view:
        while not follower.done:
            try:
                follower.tick()
                heard = time.monotonic()
            except NoAnswer as error:
                if time.monotonic() - heard > _SILENCE:
                    what = "Airflow's API server does not answer any more"
                    raise LocalError(what, cause=str(error)) from None
            for image in follower.images.values():
                image.note = notes.latest(stack.state.airflow / "logs", image)
            view.show(list(follower.images.values()))
            _components_alive(stack)
            if time.monotonic() > deadline:
                _give_up(stack, follower, minutes)
            time.sleep(0.5)


def _components_alive(stack: Stack) -> None:
    for name in airflow.COMPONENTS:
        if Processes(stack.state).find(name) is None:
            raise LocalError(
                f"Airflow's {name} ended while the images were made",
                cause=airflow.last_words(stack.state, name),
                remedy=f"the whole log is {stack.state.log(name)}; `make demo` starts it again",
            )


def _give_up(stack: Stack, follower: Follower, minutes: float) -> None:
    stuck = [image for image in follower.images.values() if not image.ending]
    details = []
    for image in stuck:
        states = ", ".join(f"{task} {state}" for task, state in image.tasks.items() if state != "success")
        details.append(f"{image.name}: {states or 'no run'}")
        running = next((task for task, state in image.tasks.items() if state == "running"), None)
        if running:
            details.append(_log(stack, image, running))
    raise LocalError(
        f"not ready after {minutes:.0f} minutes: {', '.join(image.name for image in stuck)}",
        cause="\n".join(details),
        remedy="the runs go on; `make demo` follows them again, GOLDEN_IMAGES_DEMO_MINUTES gives it longer",
    )


def _log(stack: Stack, image: Image, task: str, lines: int = 25) -> str:
    """The end of a task's log, and where all of it is."""
    where = (
        stack.state.airflow / "logs" / f"dag_id={image.dag_id}" / f"run_id={image.run_id}" / f"task_id={task}"
    )
    tries = len(list(where.glob("attempt=*.log"))) or 1
    try:
        text = [line for line in stack.client.task_log(image.dag_id, image.run_id, task, tries) if line]
    except NoAnswer as error:
        text = [str(error)]
    end = "\n".join(f"    {line}" for entry in text[-lines:] for line in entry.splitlines())
    head = f"  {image.name} {task}, try {tries}:"
    return "\n".join((head, end, f"  whole log: {where}", f"  in the UI: {_page(stack, image, task)}"))


def _page(stack: Stack, image: Image, task: str) -> str:
    return f"{stack.url}/dags/{image.dag_id}/runs/{image.run_id}/tasks/{task}"


def _close(stack: Stack, images: dict[str, Image]) -> None:
    from golden_images.adapters.catalog import SqlCatalog
    from golden_images.cli.output import write_table
    from golden_images.project import load_organisation

    catalog = SqlCatalog.from_url(database.url(stack.state, "golden_images"))
    say()
    write_table(table.HEAD, table.rows(catalog, list(images.values())))
    for image in images.values():
        if image.ending is Ending.FAILED:
            say(f"\n{image.name}: {image.reason}")
            for task in image.failed_tasks:
                say(_log(stack, image, task))
    last = next((image for image in reversed(images.values()) if catalog.current(image.name)), None)
    if last:
        release = catalog.current(last.name)
        assert release is not None
        repository = load_organisation(stack.project).repository(last.name)
        say(f"\nPull one:  docker pull {airflow.registry_host(stack.state)}/{repository}:{release.version}")
    say(f"Airflow:   {stack.login()}")
    say("All of it keeps running; `make down` stops it, `make clean` removes it.")


if __name__ == "__main__":
    main(_guarded)
