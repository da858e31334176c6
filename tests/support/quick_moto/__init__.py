"""Makes moto faster without changing its answers: `tests/unit/project/test_quick_moto.py` compares.

- `tables.py`: before each operation of a transaction moto copies the whole table, with every record
  of its stream; for each attribute of an item it adds up the sizes of all others.
- `expressions.py`: moto reads an update's expression twice, copies what it has read node by node,
  and goes through it ten times; it reads each condition up to four times.
- `answers.py`: for each call moto makes an HTTP request and takes it apart again, and for each
  field of each answer it works out under which names a value may stand.
- `state.py`: what a stack has at first is made by some twenty calls, for each test anew. A
  :class:`~tests.support.quick_moto.state.Snapshot` puts it back. Polling what has nothing to give
  takes five calls; there it takes none.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import moto.core.models

from tests.support.quick_moto import answers, expressions, tables
from tests.support.quick_moto.changes import Change

_slow: list[Change] = []


def hasten() -> None:
    """Make moto fast as long as the process lives."""
    # A thousand patterns for the library `requests`, which nothing here uses.
    moto.core.models.RESPONSES_METHODS.clear()
    changes = (*tables.changes(), *expressions.changes(), *answers.changes())
    _slow.extend(change.made() for change in changes)


@contextmanager
def as_it_comes() -> Iterator[None]:
    """Let moto be what it is without :func:`hasten`, inside the context."""
    with ExitStack() as stack:
        for change in reversed(_slow):
            stack.enter_context(mock.patch.object(change.owner, change.name, change.value))
        yield
