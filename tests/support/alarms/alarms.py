"""CloudWatch's alarms: what one watches, and in which state it is, given what was measured.

Evaluation and missing data:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
Expressions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from tests.support.figures import Figure
from tests.support.stack import Json, Stack

Value = float | None
Values = Mapping[str, Value]


class State(StrEnum):
    """An alarm's state."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Series:
    """What was measured, and when: the times ascend."""

    times: Sequence[float]
    values: Sequence[float]

    def between(self, begin: float, end: float) -> Sequence[float]:
        """Return what was measured from a time to before another."""
        return self.values[bisect_left(self.times, begin) : bisect_left(self.times, end)]


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm watches, and what it makes of the measurements of a period."""

    figure: Figure
    statistic: str
    period: int

    def at(self, series: Series, end: float) -> Value:
        """Return the statistic of the period that ends at a time, if anything was measured."""
        found = series.between(end - self.period, end)
        return _STATISTICS[self.statistic](found) if found else None


_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "SampleCount": len,
    "Sum": sum,
}


@dataclass(frozen=True)
class Alarm:
    """An alarm of the template, resolved."""

    name: str
    properties: Json

    @cached_property
    def watched(self) -> dict[str, Watched]:
        """The metrics that it watches, by their ids."""
        if "Metrics" not in self.properties:
            return {"only": _watched(self.properties, self.properties)}
        stats = {m["Id"]: m["MetricStat"] for m in self.properties["Metrics"] if "MetricStat" in m}
        return {name: _watched(stat["Metric"], stat) for name, stat in stats.items()}

    @cached_property
    def expression(self) -> ast.expr:
        """What it compares with its threshold."""
        if "Metrics" not in self.properties:
            return ast.Name("only")
        (text,) = [m["Expression"] for m in self.properties["Metrics"] if m.get("ReturnData")]
        parsed: ast.Expression = ast.parse(text.replace(" AND ", " and "), mode="eval")
        return parsed.body

    @cached_property
    def period(self) -> int:
        """Its period in seconds: CloudWatch takes one alone."""
        (period,) = {each.period for each in self.watched.values()}
        return period

    @property
    def threshold(self) -> float:
        """What a point has to be beyond."""
        return float(self.properties["Threshold"])

    @property
    def evaluated(self) -> int:
        """How many periods it looks at."""
        return int(self.properties["EvaluationPeriods"])

    @property
    def needed(self) -> int:
        """How many of them have to breach the threshold."""
        return int(self.properties.get("DatapointsToAlarm", self.evaluated))

    def state(
        self, before: State, measured: Mapping[Figure, Series], now: float, *, extra: int = 2
    ) -> State:
        """Return its state at a time, ``before`` being that of the minute before."""
        return Evaluation(self, measured, extra).state(before, now)


@dataclass(frozen=True)
class Evaluation:
    """How an alarm is evaluated again and again on what was measured.

    CloudWatch fetches ``extra`` more periods than it is to look at; it does not say how many.
    """

    alarm: Alarm
    measured: Mapping[Figure, Series]
    extra: int = 2
    _values: dict[float, Values] = field(default_factory=dict)
    _points: dict[tuple[float, frozenset[str]], bool | None] = field(default_factory=dict)

    def state(self, before: State, now: float) -> State:
        """Return the alarm's state at a time, ``before`` being that of the minute before."""
        alarm = self.alarm
        ages = reversed(range(alarm.evaluated + self.extra))
        fetched = [(end, self._at(end)) for end in (now - alarm.period * age for age in ages)]
        silent = frozenset(
            name for name in alarm.watched if all(values[name] is None for _, values in fetched)
        )
        points = [self._point(end, values, silent) for end, values in fetched]
        missing = alarm.properties["TreatMissingData"]
        return judged(points, alarm.needed, alarm.evaluated, missing, before)

    def _at(self, end: float) -> Values:
        if end not in self._values:
            nothing, watched = Series((), ()), self.alarm.watched
            self._values[end] = {
                name: each.at(self.measured.get(each.figure, nothing), end)
                for name, each in watched.items()
            }
        return self._values[end]

    def _point(self, end: float, values: Values, silent: frozenset[str]) -> bool | None:
        if (end, silent) not in self._points:
            value = _at(self.alarm.expression, values, silent)
            compare = _COMPARISONS[self.alarm.properties["ComparisonOperator"]]
            breaches = None if value is None else compare(value, self.alarm.threshold)
            self._points[end, silent] = breaches
        return self._points[end, silent]


def alarms_of(stack: Stack) -> dict[str, Alarm]:
    """Return the alarms of a stack and of those nested in it, by their names in the template."""
    return {
        name: Alarm(name, each.properties(name))
        for each in stack.stacks()
        for name in each.resources("AWS::CloudWatch::Alarm")
    }


def judged(
    points: Sequence[bool | None], needed: int, evaluated: int, missing: str, before: State
) -> State:
    """Return the state that data points call for, the newest being the last.

    A point is true if it breaches the threshold, nothing if it is missing. Real points count
    first, however old; only what lacks of the number to evaluate is filled in.
    """
    real = [point for point in points if point is not None][-evaluated:]
    lacking = evaluated - len(real)
    assumed = lacking if missing == "breaching" else 0
    if sum(real) + assumed >= needed:
        return State.ALARM
    if lacking and missing == "ignore" and all(real):
        return before
    assert missing in {"breaching", "notBreaching", "ignore"}, missing
    return State.OK


def _watched(metric: Json, stat: Json) -> Watched:
    dimensions = frozenset((d["Name"], str(d["Value"])) for d in metric.get("Dimensions", []))
    figure = Figure(metric["Namespace"], metric["MetricName"], dimensions)
    return Watched(figure, stat.get("Stat") or stat["Statistic"], int(stat["Period"]))


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Mult: operator.mul,
}


def _at(node: ast.expr, values: Values, silent: frozenset[str]) -> Value:
    """Return what an expression is at one point in time."""

    def at(part: ast.expr) -> Value:
        return _at(part, values, silent)

    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, left, right, at)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _combined(op, left, right, at)
        case ast.BoolOp(op=ast.And(), values=parts):
            truths = [at(part) for part in parts]
            return None if None in truths else float(all(truths))
        case _:
            return _called(node, values, silent, at)


def _called(
    node: ast.expr, values: Values, silent: frozenset[str], at: Callable[[ast.expr], Value]
) -> Value:
    match node:
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            truth = at(condition)
            return None if truth is None else at(then if truth else otherwise)
        case ast.Call(func=ast.Name(id="FILL"), args=[ast.Name(id=name), default]):
            return _filled(name, at(default), values, silent)
        case ast.Call(func=ast.Name(id="SUM"), args=[series]):
            there = [value for value in _several(series, values, silent) if value is not None]
            return sum(there) if there else None
    raise AssertionError(ast.dump(node))


def _combined(op: Any, left: ast.expr, right: ast.expr, at: Callable[[ast.expr], Value]) -> Value:
    """Combine two operands; a series that lacks a point counts as 0 beside one that has it."""
    operands = {side: at(side) for side in (left, right)}
    series = [value for side, value in operands.items() if not _is_scalar(side)]
    if series and all(value is None for value in series):
        return None
    try:
        return float(_OPERATORS[type(op)](operands[left] or 0.0, operands[right] or 0.0))
    except ZeroDivisionError:
        return None


def _is_scalar(node: ast.expr) -> bool:
    return not any(isinstance(part, ast.Name) for part in ast.walk(node))


def _filled(name: str, default: Value, values: Values, silent: frozenset[str]) -> Value:
    # What has no point at all in what was fetched is no series to fill.
    return values[name] if values[name] is not None or name in silent else default


def _several(node: ast.expr, values: Values, silent: frozenset[str]) -> list[Value]:
    match node:
        case ast.Call(func=ast.Name(id="METRICS")):
            return list(values.values())
        case ast.Call(
            func=ast.Name(id="FILL"),
            args=[ast.Call(func=ast.Name(id="METRICS")), ast.Constant(value=int() as default)],
        ):
            return [_filled(name, default, values, silent) for name in values]
    raise AssertionError(ast.dump(node))
