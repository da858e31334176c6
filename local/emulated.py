"""Runs the emulator, and lets each mapping of a stream have its own reader, as on AWS.

By itself the emulator reads all of them in turn, and goes on once a function has answered: while an
import's mails go out, a sign-up's mail would wait for minutes, and so would the directory.
"""

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.app import main
from ministack.services import lambda_svc

_PAUSE = 0.05

_all_mappings = lambda_svc._iter_all_esms
_read_streams = lambda_svc._poll_dynamodb_streams
_of_this_reader = threading.local()
_read: set[str] = set()


def _mappings() -> Iterator[Any]:
    """Find the mapping of the reader that asks, or all if no reader asks."""
    uuid = getattr(_of_this_reader, "uuid", None)
    return (each for each in _all_mappings() if uuid in {None, each[2]["UUID"]})


def _follow(uuid: str) -> None:
    _of_this_reader.uuid = uuid
    while any(_mappings()):
        try:
            found = _read_streams()
        except Exception:
            logging.getLogger("lambda").exception("A stream cannot be read.")
            found = False
        if not found:
            time.sleep(_PAUSE)
    _read.discard(uuid)


def _start_readers() -> bool:
    """Start a reader of each mapping that has none; no record is read here."""
    for _, _, mapping in _all_mappings():
        uuid, source = mapping["UUID"], mapping.get("EventSourceArn", "")
        if ":dynamodb:" in source and uuid not in _read:
            _read.add(uuid)
            threading.Thread(target=_follow, args=(uuid,), daemon=True).start()
    return False


if __name__ == "__main__":
    lambda_svc._iter_all_esms = _mappings
    lambda_svc._poll_dynamodb_streams = _start_readers
    main()
