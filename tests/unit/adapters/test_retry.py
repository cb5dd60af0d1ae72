from __future__ import annotations

import pytest

from golden_images.adapters.retry import Attempts, Clock, RetryPolicy, retry_after

#: 1994-11-06T08:49:37Z
NOW = 784111777.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
    ],
)
def test_retry_after_in_both_forms(value: str | None, expected: float | None) -> None:
    assert retry_after(value, NOW) == expected


def test_waits_double_up_to_the_cap() -> None:
    policy = RetryPolicy(base=1.0, cap=10.0)
    assert [policy.wait(attempt, None, 1.0) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_waits_differ_by_chance_but_are_never_nothing() -> None:
    assert RetryPolicy(base=1.0).wait(1, None, 0.0) == 0.5


def test_what_the_service_asks_for_is_the_least() -> None:
    assert RetryPolicy(base=1.0).wait(1, 30.0, 1.0) == 30.0
    assert RetryPolicy(base=1.0).wait(3, 1.0, 1.0) == 4.0


class World:
    """A call that fails a few times, and a clock that only waiting moves."""

    def __init__(self, failures: int, policy: RetryPolicy) -> None:
        self.failures = failures
        self.now = 1000.0
        self.calls = 0
        clock = Clock(monotonic=lambda: self.now, sleep=self._sleep, random=lambda: 1.0)
        self.attempts = Attempts(policy, clock)

    def call(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise TimeoutError(str(self.calls))
        return self.calls

    def run(self) -> int:
        return self.attempts.run(self.call, lambda error: isinstance(error, TimeoutError))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_call_that_recovers_gives_its_result() -> None:
    world = World(2, RetryPolicy(attempts=3, base=1.0))
    assert world.run() == 3
    assert world.now == 1000.0 + 1.0 + 2.0


def test_the_last_tries_exception_is_raised() -> None:
    world = World(9, RetryPolicy(attempts=3))
    with pytest.raises(TimeoutError, match="3"):
        world.run()
    assert world.attempts.made == world.calls == 3


def test_what_does_not_pass_by_itself_is_raised_at_once() -> None:
    world = World(9, RetryPolicy(attempts=3))
    with pytest.raises(TimeoutError, match="1"):
        world.attempts.run(world.call, lambda error: False)
    assert (world.calls, world.now) == (1, 1000.0)


def test_no_try_begins_after_the_total_time() -> None:
    world = World(99, RetryPolicy(attempts=100, base=4.0, cap=4.0, total=10.0))
    with pytest.raises(TimeoutError):
        world.run()
    assert (world.calls, world.now) == (3, 1008.0), "a wait that would pass it is not begun"


def test_progress_begins_the_total_time_anew() -> None:
    world = World(99, RetryPolicy(attempts=100, base=4.0, cap=4.0, total=10.0))
    assert world.attempts.again()
    assert world.attempts.again()
    assert not world.attempts.again()
    world.attempts.progress()
    assert world.attempts.again()


def test_a_pause_longer_than_the_total_is_not_waited_for() -> None:
    world = World(99, RetryPolicy(total=60.0))
    assert not world.attempts.again(61.0)
    assert world.now == 1000.0
