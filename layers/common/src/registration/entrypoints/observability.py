"""Logs and figures. Never an address, a name, a password, a token or a body: ids and counts."""

import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# A request that counts nothing is no news.
warnings.filterwarnings("ignore", message="No application metrics to publish")

logger = Logger()
metrics = Metrics()


def count(name: str, amount: int = 1) -> None:
    """Add to a figure of the function."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=amount)
