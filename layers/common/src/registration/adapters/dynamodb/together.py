"""Calls of DynamoDB that wait for each other's answers at the same time.

A client may be shared by threads:
https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
"""

from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# As many connections as a client keeps open, and no more.
_AT_ONCE = 10

T = TypeVar("T")


def together(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Make some calls at once; return their results in order, or raise one of their errors.

    After an error no further call begins.
    """
    # The first one needs no thread, and a single one starts none.
    first, others = (calls := list(calls))[:1], calls[1:]
    begun = [_threads().submit(copy_context().run, call) for call in others]
    try:
        return [*(call() for call in first), *(each.result() for each in begun)]
    finally:
        # After an error nothing is under way that could overtake a retry.
        for each in begun:
            each.cancel()
        for each in begun:
            if not each.cancelled():
                each.exception()


@cache
def _threads() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few functions need it

    return ThreadPoolExecutor(_AT_ONCE - 1, thread_name_prefix="together")
