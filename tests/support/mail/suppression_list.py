"""SES's own suppression list, which moto does not have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from registration.adapters import clients
from tests.support.stack import Json

_CALL = "before-call.sesv2.DeleteSuppressedDestination"


@contextmanager
def suppression_list() -> Iterator[list[str]]:
    """Remove addresses from the list; yield those that were removed."""
    removed: list[str] = []

    def remove(params: Json, **_: Any) -> Any:
        removed.append(params["url_path"].rpartition("/")[2])
        return type("Response", (), {"status_code": 200})(), {}

    events = clients.ses().meta.events
    events.register(_CALL, remove, "list")
    yield removed
    events.unregister(_CALL, remove, "list")
