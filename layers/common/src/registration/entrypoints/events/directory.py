"""The event that makes the directory anew, and its answer, which is the next event."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Rebuild(BaseModel):
    """A walk through a segment of the table, from where the walk before has stopped.

    The answer is an event itself: invoke the function with it until it has no ``cursor``.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    rebuild: Literal[True]
    segment: int = Field(default=0, ge=0)
    segments: int = Field(default=1, ge=1, le=1000)
    customers: int = 0
    entries: int = 0
    cursor: str | None = None

    @field_validator("cursor")
    @classmethod
    def _is_a_position(cls, cursor: str | None) -> str | None:
        if cursor is not None:
            _position(cursor)
        return cursor

    @property
    def after(self) -> tuple[str, str] | None:
        """The partition and sort key of the item that was looked at last."""
        return _position(self.cursor) if self.cursor else None

    def gone_on(self, customers: int, entries: int, last: tuple[str, str] | None) -> Self:
        """Return the walk after some more customers and entries."""
        cursor = urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None
        changes = {
            "customers": self.customers + customers,
            "entries": self.entries + entries,
            "cursor": cursor,
        }
        return self.model_copy(update=changes)

    def answer(self) -> dict[str, Any]:
        """Return it as JSON: without a cursor once the segment is done."""
        return self.model_dump(exclude_none=True)


def _position(cursor: str) -> tuple[str, str]:
    try:
        partition, sort_key = json.loads(urlsafe_b64decode(cursor))
    except ValueError as error:
        message = "this cursor is of no answer: begin without one"
        raise ValueError(message) from error
    return str(partition), str(sort_key)
