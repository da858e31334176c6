"""The functions behind the HTTP API, asked directly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registration.adapters import clients


class DoorFailedError(Exception):
    """A function died over a request."""


@dataclass(frozen=True)
class FunctionInvoker:
    """Hands HTTP events to functions. ``names`` has their names in AWS by their folders'."""

    names: Mapping[str, str]

    def __contains__(self, door: object) -> bool:
        return door in self.names

    def answer(self, door: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return a function's response to an event.

        Raises
        ------
        DoorFailedError
            It has none.
        """
        told = clients.awslambda().invoke(
            FunctionName=self.names[door], Payload=json.dumps(event).encode()
        )
        if "FunctionError" in told:
            raise DoorFailedError(door)
        answer: dict[str, Any] = json.loads(told["Payload"].read())
        return answer
