"""AWS's list prices, of us-east-1 in US dollars, as read on their pages in November 2026.

Other Regions cost up to a third more. Neither taxes nor data transfer are added. What is free is
free each month, for all stacks of an account together, and without an end.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Price(NamedTuple):
    """The price of one thing, how much of it is free a month, and the page that says so."""

    dollars: float
    free: float
    source: str


_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_MILLION = 1e-6

PRICES = {
    # A million calls, or units, cost what stands before the factor.
    "write units": Price(0.625 * _MILLION, 0, _DYNAMODB),
    "read units": Price(0.125 * _MILLION, 0, _DYNAMODB),
    "requests to the API": Price(1.00 * _MILLION, 0, "https://aws.amazon.com/api-gateway/pricing/"),
    "calls of functions": Price(0.20 * _MILLION, 1e6, _LAMBDA),
    # On arm64.
    "GB-seconds": Price(0.0000133334, 400_000, _LAMBDA),
    # 5 GB are free, ingested and stored together.
    "bytes logged": Price(0.50e-9, 5e9, _CLOUDWATCH),
    # SES publishes each report on a mail; SNS calls the function for nothing.
    "messages of SNS": Price(0.50 * _MILLION, 1e6, "https://aws.amazon.com/sns/pricing/"),
    "requests to SQS": Price(0.40 * _MILLION, 1e6, "https://aws.amazon.com/sqs/pricing/"),
    "mails": Price(0.10e-3, 0, "https://aws.amazon.com/ses/pricing/"),
    # A month
    "metrics in alarms": Price(0.10, 10, _CLOUDWATCH),
    "metrics of our own": Price(0.30, 10, _CLOUDWATCH),
    # Three are free, of up to 50 metrics each.
    "dashboards": Price(3.00, 3, _CLOUDWATCH),
    "secrets": Price(0.40, 0, "https://aws.amazon.com/secrets-manager/pricing/"),
    "scheduled calls": Price(1.00 * _MILLION, 14e6, "https://aws.amazon.com/eventbridge/pricing/"),
    "GB stored": Price(0.25, 25, _DYNAMODB),
    # Point-in-time recovery.
    "GB kept to restore": Price(0.20, 0, _DYNAMODB),
}
MEGABYTES_OF_A_VCPU = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


@dataclass(frozen=True)
class Usage:
    """How much of what is used, by the names of :data:`PRICES`."""

    amounts: dict[str, float]

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum of two usages."""
        names = [*self.amounts, *(name for name in other.amounts if name not in self.amounts)]
        return Usage({name: self[name] + other[name] for name in names})

    def __mul__(self, times: float) -> "Usage":
        """Return the usage of as many of the same."""
        return Usage({name: amount * times for name, amount in self.amounts.items()})

    def __getitem__(self, name: str) -> float:
        """Return an amount, 0 where nothing was used."""
        return self.amounts.get(name, 0)

    def dollars(self, *names: str, free: bool = False) -> float:
        """Return the price of all, or of what is named, with what is free subtracted or not."""
        return sum(
            max(0, self[name] - PRICES[name].free * free) * PRICES[name].dollars
            for name in names or self.amounts
        )
