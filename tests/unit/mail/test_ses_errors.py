"""The meaning of each error of SES for a mail."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from registration.adapters.mail.ses_errors import meaning
from registration.application.mail.ports import (
    Closed,
    Failed,
    InDoubt,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
)
from tests.support.mail.mailing import refusal

NOT_VERIFIED = "Email address is not verified. The following identities failed the check"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("TooManyRequestsException", "", Throttled),
        ("ThrottlingException", "Maximum sending rate exceeded.", Throttled),
        ("Throttling", "Rate exceeded", Throttled),
        ("LimitExceededException", "", Throttled),
        ("ThrottlingException", "Daily message quota exceeded.", Closed),
        ("LimitExceededException", "Daily sending quota exceeded", Closed),
        ("SendingPausedException", "", Closed),
        ("MessageRejected", "Sending paused for this account. For more information,", Closed),
        ("BadRequestException", "Email sending is disabled for the configuration set", Closed),
        ("AccessDeniedException", "", Misconfigured),
        ("AccountSuspendedException", "", Misconfigured),
        ("MailFromDomainNotVerifiedException", "", Misconfigured),
        ("NotFoundException", "Configuration set <x> does not exist.", Misconfigured),
        ("MessageRejected", NOT_VERIFIED, Misconfigured),
        ("InvalidClientTokenId", "", Misconfigured),
        ("MessageRejected", "Transaction failed", Refused),
        ("BadRequestException", "Illegal address", Refused),
        ("InternalServiceErrorException", "", Failed),
        ("ServiceUnavailable", "", Failed),
        ("SomethingNew", "", Failed),
    ],
)
def test_what_ses_answers(code: str, text: str, expected: type[NotSent]) -> None:
    found = meaning(refusal(code, text))

    assert type(found) is expected
    assert found.reason == code


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectTimeoutError(endpoint_url="x"), Failed),
        (EndpointConnectionError(endpoint_url="x"), Failed),
        (ConnectionClosedError(endpoint_url="x"), Failed),
        (NoCredentialsError(), Misconfigured),
        (ReadTimeoutError(endpoint_url="x"), InDoubt),
        (BotoCoreError(), InDoubt),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_an_error_without_an_answer_has_its_meaning(
    error: BotoCoreError, expected: type[NotSent]
) -> None:
    assert type(meaning(error)) is expected
