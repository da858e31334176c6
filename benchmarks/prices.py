"""What a million of something costs at AWS's list prices, from what was counted.

Prices of us-east-1 in US dollars, as of November 2026; other regions are up to a third dearer.
A free tier is not taken off, and neither taxes nor data transfer are added.

https://aws.amazon.com/dynamodb/pricing/on-demand/
https://aws.amazon.com/lambda/pricing/
https://aws.amazon.com/api-gateway/pricing/
https://aws.amazon.com/ses/pricing/
"""

from dataclasses import dataclass

# DynamoDB on demand, a unit.
WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
# An HTTP API, a request.
REQUEST = 1.00e-6
# Lambda on arm64: a call, and a gigabyte for a second.
CALL = 0.20e-6
GIGABYTE_SECOND = 0.0000133334
# SES, a mail; its report comes by SNS, a delivery to Lambda is free.
MAIL = 0.10e-3
# CloudWatch Logs, a byte that is taken in.
LOG_BYTE = 0.50e-9


@dataclass(frozen=True)
class Usage:
    """What an act uses.

    Attributes
    ----------
    write_units, read_units
        DynamoDB's.
    requests
        Through the API.
    calls
        Of functions.
    gigabyte_seconds
        Of functions, warm. Estimated, not counted: a test machine's seconds are not Lambda's.
    mails
        That SES accepts.
    log_bytes
        Of functions and of the API's access log.
    """

    write_units: float = 0
    read_units: float = 0
    requests: float = 0
    calls: float = 0
    gigabyte_seconds: float = 0
    mails: float = 0
    log_bytes: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Return what two acts use together."""
        return Usage(*(a + b for a, b in zip(self._amounts(), other._amounts(), strict=True)))

    @property
    def dollars(self) -> float:
        """What it costs."""
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
