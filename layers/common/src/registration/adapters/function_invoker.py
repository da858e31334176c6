"""Invoking the functions behind the HTTP API directly."""

import json
from collections.abc import Mapping
from typing import Any

from registration.adapters import clients
from registration.frozen import dataclass


class DoorFailedError(Exception):
    """A function crashed while handling a request."""


@dataclass(frozen=True)
class FunctionInvoker:
    """Invokes functions with HTTP events. ``names`` maps their folders to their names in AWS."""

    names: Mapping[str, str]

    def __contains__(self, door: object) -> bool:
        return door in self.names

    def answer(self, door: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return a function's response to an event.

        Raises
        ------
        DoorFailedError
            The function returned an error instead of a response.
        """
        told = clients.awslambda().invoke(
            FunctionName=self.names[door], Payload=json.dumps(event).encode()
        )
        if "FunctionError" in told:
            raise DoorFailedError(door)
        answer: dict[str, Any] = json.loads(told["Payload"].read())
        return answer
