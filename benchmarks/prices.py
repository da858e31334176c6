"""Converts usage into dollars at AWS's list prices.

Prices of us-east-1 in US dollars, as of November 2026; other regions are up to a third more
expensive. Free tiers are not subtracted, and neither taxes nor data transfer are added.

https://aws.amazon.com/dynamodb/pricing/on-demand/
https://aws.amazon.com/lambda/pricing/
https://aws.amazon.com/api-gateway/pricing/
https://aws.amazon.com/ses/pricing/
"""

from dataclasses import dataclass

# DynamoDB on demand, per unit.
WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
# HTTP API, per request.
REQUEST = 1.00e-6
# Lambda on arm64, per call and per gigabyte-second.
CALL = 0.20e-6
GIGABYTE_SECOND = 0.0000133334
# SES, per mail; its report comes by SNS, whose delivery to Lambda is free.
MAIL = 0.10e-3
# CloudWatch Logs, per ingested byte.
LOG_BYTE = 0.50e-9


@dataclass(frozen=True)
class Usage:
    """The usage of an act.

    Attributes
    ----------
    write_units, read_units
        The units of DynamoDB.
    requests
        The requests to the API.
    calls
        The calls of functions.
    gigabyte_seconds
        The memory-time of warm functions. Estimated, because a test machine is not Lambda.
    mails
        The mails that SES accepts.
    log_bytes
        The logs of functions, and the API's access log.
    """

    write_units: float = 0
    read_units: float = 0
    requests: float = 0
    calls: float = 0
    gigabyte_seconds: float = 0
    mails: float = 0
    log_bytes: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum of two usages."""
        return Usage(*(a + b for a, b in zip(self._amounts(), other._amounts(), strict=True)))

    @property
    def dollars(self) -> float:
        """The price in dollars."""
        prices = (WRITE_UNIT, READ_UNIT, REQUEST, CALL, GIGABYTE_SECOND, MAIL, LOG_BYTE)
        return sum(amount * price for amount, price in zip(self._amounts(), prices, strict=True))

    def _amounts(self) -> tuple[float, ...]:
        return (
            self.write_units,
            self.read_units,
            self.requests,
            self.calls,
            self.gigabyte_seconds,
            self.mails,
            self.log_bytes,
        )
