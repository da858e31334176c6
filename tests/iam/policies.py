"""Evaluates statements of IAM policies like AWS.

No maintained library fits: moto and policyuniverse ignore conditions, policy_sentry and
parliament check the form of a policy, and none of them knows ``dynamodb:LeadingKeys``. Features
that the template does not use (NotAction, NotResource, policy variables, permissions boundaries,
operators for numbers, dates and addresses) raise an error here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

Json = dict[str, Any]
Context = Mapping[str, tuple[str, ...]]

LEADING_KEYS = "dynamodb:LeadingKeys"
_PARTS_OF_AN_ARN = 6


@dataclass(frozen=True)
class Request:
    """A request: one action on one resource, and its context."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)

    def __str__(self) -> str:
        told = [f"{key}={', '.join(values)}" for key, values in self.context.items()]
        return " ".join([self.action, "on", self.resource, *told])


@dataclass(frozen=True)
class Condition:
    """One condition of a statement: an operator, a key and the policy's values."""

    qualifier: str
    operator: str
    if_exists: bool
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context) -> bool:
        """Whether the context of a request satisfies the condition."""
        given = _look_up(context, self.key)
        if self.operator == "Null":
            return (given is None) is (self.values[0].lower() == "true")
        if given is None:
            return self._holds_without()
        one_value = [self._one(value) for value in given]
        if self.qualifier == "ForAllValues":
            return all(one_value)
        if self.qualifier == "ForAnyValue":
            return any(one_value)
        if len(given) != 1:
            message = f"{self.key} has several values: it takes ForAllValues or ForAnyValue"
            raise ValueError(message)
        return one_value[0]

    def _holds_without(self) -> bool:
        # With no values all of them match: a condition on leading keys does not stop a Scan.
        if self.qualifier:
            return self.qualifier == "ForAllValues" or self.if_exists
        return self.if_exists or self._is_negated

    def _one(self, value: str) -> bool:
        matches = _OPERATORS[self.operator.replace("Not", "", 1)]
        found = any(matches(wanted, value) for wanted in self.values)
        return found is not self._is_negated

    @property
    def _is_negated(self) -> bool:
        return "Not" in self.operator


@dataclass(frozen=True)
class Statement:
    """A statement, and its location."""

    name: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    def applies_to(self, request: Request) -> bool:
        """Whether the statement applies to a request."""
        return (
            any(is_action(pattern, request.action) for pattern in self.actions)
            and any(is_resource(pattern, request.resource) for pattern in self.resources)
            and all(condition.holds(request.context) for condition in self.conditions)
        )

    @property
    def leading_keys(self) -> tuple[str, ...]:
        """The patterns of partition keys that the statement is limited to."""
        return next((c.values for c in self.conditions if c.key == LEADING_KEYS), ())

    def only(self, action: str, resource: str) -> "Statement":
        """Return the statement limited to one action on one resource."""
        return replace(self, actions=(action,), resources=(resource,))

    def without_leading_key(self, pattern: str) -> "Statement":
        """Return the statement without one of its patterns of partition keys."""
        return replace(self, conditions=tuple(_without(c, pattern) for c in self.conditions))


def _without(condition: Condition, pattern: str) -> Condition:
    if condition.key != LEADING_KEYS:
        return condition
    return replace(condition, values=tuple(v for v in condition.values if v != pattern))


def is_allowed(statements: Iterable[Statement], request: Request) -> bool:
    """Whether some statement allows a request, and none denies it."""
    applying = [each for each in statements if each.applies_to(request)]
    return bool(applying) and all(each.allows for each in applying)


def denied_by(statements: Iterable[Statement], request: Request) -> str | None:
    """Return the name of the statement that explicitly denies a request."""
    return next((s.name for s in statements if not s.allows and s.applies_to(request)), None)


def statements_of(document: Json, where: str) -> Iterator[Statement]:
    """Read the statements of a policy document. ``where`` is the prefix of their names."""
    for number, body in enumerate(listed(document["Statement"])):
        name = f"{where}/{body.get('Sid', number)}"
        unknown = set(body) - {"Sid", "Effect", "Action", "Resource", "Condition"}
        if unknown:
            message = f"{name}: {', '.join(sorted(unknown))} is not known to {__name__}"
            raise ValueError(message)
        statement = Statement(
            name=name,
            allows=body["Effect"] == "Allow",
            actions=_texts(body["Action"], name),
            resources=_texts(body["Resource"], name),
            conditions=tuple(_conditions(body.get("Condition", {}), name)),
        )
        yield statement


def _conditions(block: Json, name: str) -> Iterator[Condition]:
    for spelled, keys in block.items():
        head, _, tail = spelled.rpartition(":")
        operator = tail.removesuffix("IfExists")
        plain = operator.replace("Not", "", 1)
        if head not in {"", "ForAllValues", "ForAnyValue"} or plain not in _OPERATORS:
            message = f"{name}: the operator {spelled} is not known to {__name__}"
            raise ValueError(message)
        for key, values in keys.items():
            yield Condition(
                qualifier=head,
                operator=operator,
                if_exists=tail.endswith("IfExists"),
                key=key,
                values=_texts(values, name),
            )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    texts = tuple(map(_text, listed(value)))
    if any("${" in text for text in texts):
        message = f"{name}: policy variables are not known to {__name__}"
        raise ValueError(message)
    return texts


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(value: Any) -> Sequence[Any]:
    """Return a value as a list, because IAM accepts both."""
    return value if isinstance(value, list) else [value]


def is_action(pattern: str, action: str) -> bool:
    """Whether a pattern matches an action, ignoring case."""
    return _glob(pattern.lower()).fullmatch(action.lower()) is not None


def is_resource(pattern: str, resource: str) -> bool:
    """Whether a pattern matches a resource, comparing the parts of the ARN."""
    return _arn(pattern).fullmatch(resource) is not None


def is_text_like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, with case."""
    return _glob(pattern).fullmatch(text) is not None


def _look_up(context: Context, key: str) -> tuple[str, ...] | None:
    # The names of condition keys ignore case; their values do not.
    wanted = key.lower()
    return next((values for name, values in context.items() if name.lower() == wanted), None)


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern, "."), re.DOTALL)


@cache
def _arn(pattern: str) -> re.Pattern[str]:
    # A * matches colons only in the last part: `*` alone matches everything.
    *head, last = pattern.split(":", _PARTS_OF_AN_ARN - 1)
    expression = ":".join([*(_expression(part, "[^:]") for part in head), _expression(last, ".")])
    return re.compile(expression, re.DOTALL)


def _expression(pattern: str, any_character: str) -> str:
    wild = {"*": f"{any_character}*", "?": any_character}
    return "".join(wild.get(character) or re.escape(character) for character in pattern)


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": is_text_like,
    # IAM treats the two alike.
    "ArnEquals": is_resource,
    "ArnLike": is_resource,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "Null": lambda wanted, value: wanted == value,
}
