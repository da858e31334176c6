"""Checks that tests use every grant of every role: the last step of `make test`.

A grant is one action on one resource and, if its statement has leading keys, one pattern of
them. It is used if a call of a test, or of Lambda itself, would be denied without it. So a grant
that is unused here can be removed from the template, and removing a used one fails a test.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.iam.lambda_itself import requests_by, requests_by_schedule
from tests.iam.policies import Request, Statement, is_action, is_allowed
from tests.iam.roles import Roles, roles_of
from tests.iam.uses import uses_in

Used = Mapping[str, Sequence[Request]]

# The reasons for unused grants, by function and action.
REASONS: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Grant:
    """One action on one resource and, if keys limit it, with one pattern of keys."""

    statement: Statement
    action: str
    resource: str
    leading_key: str | None

    def __str__(self) -> str:
        keys = f" with keys {self.leading_key}" if self.leading_key else ""
        return f"{self.statement.name}: {self.action} on {self.resource}{keys}"

    def removed_from(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """Return a role's statements without this grant."""
        for each in statements:
            if each != self.statement:
                yield each
                continue
            for action in each.actions:
                for resource in each.resources:
                    part = each.only(action, resource)
                    if (action, resource) != (self.action, self.resource):
                        yield part
                    elif self.leading_key:
                        yield part.without_leading_key(self.leading_key)


def grants_of(statements: Iterable[Statement]) -> Iterator[Grant]:
    """Yield every grant of a role."""
    for each in statements:
        if each.allows:
            for action in each.actions:
                for resource in each.resources:
                    for key in each.leading_keys or (None,):
                        yield Grant(each, action, resource, key)


def is_needed(grant: Grant, statements: Sequence[Statement], used: Iterable[Request]) -> bool:
    """Whether some request is allowed with a grant, but not without it."""
    left = list(grant.removed_from(statements))
    return any(
        is_action(grant.action, asked.action)
        and is_allowed(statements, asked)
        and not is_allowed(left, asked)
        for asked in used
    )


@dataclass(frozen=True)
class Report:
    """The result of the check."""

    grants: int
    unused: list[tuple[str, Grant]]
    reasons_for_nothing: list[tuple[str, str]]

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to fix."""
        return not self.unused and not self.reasons_for_nothing

    def __str__(self) -> str:
        lines = [
            *(f"unused: {role}: {grant}" for role, grant in self.unused),
            *(f"a reason for nothing: {role}, {what}" for role, what in self.reasons_for_nothing),
            f"{self.grants} grants, {len(self.unused)} unused",
        ]
        return "\n".join(lines)


def report(
    roles: Mapping[str, Sequence[Statement]],
    used: Used,
    reasons: Mapping[tuple[str, str], str] = REASONS,
) -> Report:
    """Return the grants of each role that nothing uses and that have no reason."""
    idle = [
        (role, grant)
        for role, statements in roles.items()
        for grant in grants_of(statements)
        if not is_needed(grant, statements, used.get(role, ()))
    ]
    unused = [(role, grant) for role, grant in idle if (role, grant.action) not in reasons]
    explained = {(role, grant.action) for role, grant in idle}
    grants = sum(1 for statements in roles.values() for _ in grants_of(statements))
    return Report(grants, unused, sorted(set(reasons) - explained))


def used_in(folder: Path, roles: Roles) -> dict[str, list[Request]]:
    """Return the requests of tests, of Lambda and of Scheduler, by function or schedule."""
    used = {function: requests_by(function, roles) for function in roles.of_functions}
    used |= {name: requests_by_schedule(name, roles) for name in roles.of_schedules}
    for function, asked in uses_in(folder):
        used[function].append(asked)
    return used


def main(folder: Path) -> int:
    """Report on the uses in a folder; return 1 if there is something to fix."""
    roles = roles_of({})
    tests = len(uses_in(folder))
    assert tests, f"{folder} holds no uses: has a phase of the tests run with IAM_USES set?"
    found = report({**roles.of_functions, **roles.of_schedules}, used_in(folder, roles))
    print(found)  # noqa: T201
    print(f"{tests} uses of them by tests")  # noqa: T201
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
