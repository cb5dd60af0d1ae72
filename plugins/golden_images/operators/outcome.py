"""How a task ends when something of ours went wrong: with our text, without a trace of Python.

Airflow logs every exception of a task with its stack, ``AirflowFailException`` too. A task that exits
is logged in one line and may be retried; the retry policy then ends what a retry cannot help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from airflow.sdk import RetryDecision, RetryPolicy

from golden_images.errors import GoldenImagesError


class Log(Protocol):
    """What a task's logger has in common with every other."""

    def error(self, message: str, /, *args: Any) -> Any: ...


class TaskStopped(SystemExit):
    """Ends the task; ``error`` was logged already. ``code`` is the error's exit code."""

    def __init__(self, error: GoldenImagesError) -> None:
        super().__init__(error.exit_code)
        self.error = error

    def __str__(self) -> str:
        return str(self.error)


class RetryWhatMayHelp(RetryPolicy):
    """Fails at once where the error says that a retry cannot help; else Airflow's own rules."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        del try_number, max_tries, context
        if isinstance(exception, TaskStopped) and not exception.error.retryable:
            return RetryDecision.fail(reason="a retry cannot help")
        return RetryDecision.default()


@contextmanager
def errors_as_text(log: Log, leave: Callable[[GoldenImagesError], object] | None = None) -> Iterator[None]:
    """Logs an error of ours line by line, hands it to ``leave``, and ends the task. Any other exception is
    a mistake in this program and keeps its stack."""
    try:
        yield
    except GoldenImagesError as error:
        for line in str(error).splitlines():
            log.error("%s", line)
        if leave is not None:
            try:
                leave(error)
            except Exception as lost:
                # It only makes the note and the alert say more.
                log.error("the run's note will not say why: %s", lost)
        raise TaskStopped(error) from None
