"""The header ``Idempotency-Key``.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Mapping

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from registration.domain.idempotency import IdempotentRequest

HEADER = "idempotency-key"


def keyed_request(
    event: APIGatewayProxyEventV2, given: Mapping[str, object]
) -> IdempotentRequest | None:
    """Return the request with its key, or nothing if it came without one.

    Raises
    ------
    KeyMalformed
    """
    key = event.headers.get(HEADER)
    return None if key is None else IdempotentRequest.of(key, given)
