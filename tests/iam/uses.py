"""The uses of roles' grants by tests, collected from all processes of a test run."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.iam.policies import Request, Statement, is_action, is_resource, is_text_like

_Kind = tuple[object, ...]


@dataclass(frozen=True)
class Uses:
    """The first request for each way in which a function's grants were used."""

    found: dict[_Kind, tuple[str, Request]] = field(default_factory=dict)

    def note(self, function: str, statements: Sequence[Statement], asked: Request) -> None:
        """Record an allowed request."""
        kind = (function, asked.action, *_grants(statements, asked))
        self.found.setdefault(kind, (function, asked))

    def save(self, folder: Path) -> None:
        """Write the uses to a file of this process."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps([function, asked.action, asked.resource, asked.context])
            for function, asked in self.found.values()
        ]
        (folder / f"{os.getpid()}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def _grants(statements: Iterable[Statement], asked: Request) -> list[_Kind]:
    """Return the patterns of the statements that allow a request, key by key."""
    return [
        (
            each.name,
            tuple(p for p in each.actions if is_action(p, asked.action)),
            tuple(p for p in each.resources if is_resource(p, asked.resource)),
            frozenset(
                tuple(pattern for pattern in condition.values if is_text_like(pattern, key))
                for condition in each.conditions
                for key in asked.context.get(condition.key, ())
            ),
        )
        for each in statements
        if each.applies_to(asked)
    ]


def uses_in(folder: Path) -> list[tuple[str, Request]]:
    """Return the functions and their requests from all files of a folder, each once."""
    lines = {line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()}
    found = []
    for line in sorted(lines):
        function, action, resource, context = json.loads(line)
        values = {key: tuple(each) for key, each in context.items()}
        found.append((function, Request(action, resource, values)))
    return found
