"""For tables that are busy for longer than a call is retried: the import tries again later."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transactions import Writes, write_all
from registration.adapters.dynamodb.transient import is_transient
from registration.application.imports.ports import TryLater
from registration.domain.errors import Busy


def write_or_try_later(writes: Writes) -> None:
    """Write all items or none.

    Raises
    ------
    Cancelled
        A condition did not hold.
    TryLater
        No condition failed, but the table is busy. The write may succeed later.
    """
    with busy_is_later():
        write_all(writes)


@contextmanager
def busy_is_later() -> Iterator[None]:
    """Raise TryLater if the table is busy."""
    try:
        yield
    except Busy as error:
        raise TryLater from error
    except (BotoCoreError, ClientError) as error:
        if is_transient(error):
            raise TryLater from error
        raise
