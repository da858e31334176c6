"""The metrics of functions, in CloudWatch's embedded metric format on standard output.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from registration.entrypoints.observability import metrics


@dataclass(frozen=True)
class Figure:
    """A metric as stored in CloudWatch; alarms and widgets have to name it exactly."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


def figures_in(output: str) -> set[Figure]:
    """Return the metrics that CloudWatch extracts from a function's output."""
    return {figure for line in output.splitlines() for figure in _figures_of(_json(line))}


def _json(line: str) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _figures_of(event: dict[str, Any]) -> Iterator[Figure]:
    for told in event.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in told["Dimensions"]:
            dimensions = frozenset((name, event[name]) for name in names)
            for metric in told["Metrics"]:
                yield Figure(told["Namespace"], metric["Name"], dimensions)


@contextmanager
def of_function(environment: Mapping[str, str]) -> Iterator[None]:
    """Emit metrics as one function, like a process with this environment.

    Powertools reads the environment once per process; in a test all functions share one.
    """
    provider = metrics.provider
    before = provider.namespace, provider.service, dict(metrics.metric_set)
    provider.namespace = environment["POWERTOOLS_METRICS_NAMESPACE"]
    provider.service = environment["POWERTOOLS_SERVICE_NAME"]
    metrics.metric_set.clear()
    try:
        yield
    finally:
        provider.namespace, provider.service, counted = before
        metrics.metric_set.clear()
        metrics.metric_set.update(counted)
