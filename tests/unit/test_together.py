"""Calls that are made at once."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from registration.adapters.dynamodb import together as module
from registration.adapters.dynamodb.together import together


class BusyThreads:
    """Threads that have not come to what they are given."""

    def __init__(self) -> None:
        self.given: list[Future[Any]] = []

    def submit(self, *_: object) -> Future[Any]:
        """Take a call."""
        self.given.append(Future())
        return self.given[-1]


def failing() -> None:
    """Fail."""
    raise OSError("busy")


def test_results_are_in_the_order_of_the_calls() -> None:
    calls: list[Callable[[], int]] = [lambda n=n: n for n in range(30)]  # type: ignore[misc]

    assert together(calls) == list(range(30))
    assert together([]) == []


def test_after_an_error_no_further_call_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = BusyThreads()
    monkeypatch.setattr(module, "_threads", lambda: threads)

    with pytest.raises(OSError, match="busy"):
        together([failing, *[failing] * 20])

    assert len(threads.given) == 20
    assert all(each.cancelled() for each in threads.given)


def test_an_error_of_any_call_is_raised() -> None:
    with pytest.raises(OSError, match="busy"):
        together([lambda: None, lambda: None, failing])
