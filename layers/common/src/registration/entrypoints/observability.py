"""Logs and figures. Never an address, a name, a password, a token or a body: ids and counts."""

import warnings

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

# A request that counts nothing is no news.
warnings.filterwarnings("ignore", message="No application metrics to publish")

logger = Logger()
metrics = Metrics()


def count(name: str, amount: int = 1) -> None:
    """Add to a figure of the function."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=amount)


def count_by(name: str, *, reason: str) -> None:
    """Add one to a figure of the function, and to that of the reason alone.

    A reason is one of few: each that was ever given is a figure that CloudWatch keeps.
    """
    count(name)
    count_as(str(metrics.service), name, reason=reason)


def count_as(service: str, name: str, **dimensions: str) -> None:
    """Add one to a figure of a service, which may stand for several functions: one to watch."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1) as figure:
        for dimension, value in {"service": service, **dimensions}.items():
            figure.add_dimension(name=dimension, value=value)


def note(name: str, value: str) -> None:
    """Tell something beside the figures, in their line: it is found in the log, and no figure."""
    metrics.add_metadata(key=name, value=value)


def measure(name: str, seconds: float) -> None:
    """Add a time to a figure of the function."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)
