"""The meaning of SES's errors: transient, permanent, or a misconfiguration.

========================  =====================================================
``Throttled``             the account's rate is exceeded: wait a little
``Closed``                daily quota, or a paused account: leave all mails
``Misconfigured``         identity, permission: keep all mails, raise the alarm
``Refused``               this mail will never be accepted: park it
``InDoubt``               no answer after the mail was sent
``Failed``                any other error, which is transient
========================  =====================================================

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
"""

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
    SSLError,
)

from registration.application.mail.ports import (
    Closed,
    Failed,
    InDoubt,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
)

_THROTTLED = {
    "TooManyRequestsException",
    "Throttling",
    "ThrottlingException",
    "LimitExceededException",
    "RequestLimitExceeded",
}
_CLOSED = {
    "SendingPausedException",
    "AccountSendingPausedException",
    "ConfigurationSetSendingPausedException",
}
_OURS = {
    "AccessDenied",
    "AccessDeniedException",
    "AccountSuspendedException",
    "ConfigurationSetDoesNotExist",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_REFUSED = {"MessageRejected", "BadRequestException"}
# The rate and the daily quota have the same code: the text distinguishes them.
_DAYS_QUOTA = re.compile(r"daily|24.hour", re.IGNORECASE)
# SES also answers "message rejected" for a problem of the whole account.
_OURS_BY_TEXT = re.compile(r"not (?:been )?verified|not authori[sz]ed", re.IGNORECASE)
_CLOSED_BY_TEXT = re.compile(r"sending .*(?:paused|disabled|suspended)|paused for", re.IGNORECASE)
# No connection was made, so nothing was accepted. After any other error without an answer the
# mail may have been accepted. A closed connection is rarely such a case: usually it died while
# the function was frozen, and was reused afterwards.
_NOT_REACHED = (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    SSLError,
)


def meaning(error: ClientError | BotoCoreError) -> NotSent:
    """Return the meaning of an error of SES's client for the mail."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return _of_answer(said.get("Code", "Unknown"), said.get("Message", ""))
    reason = type(error).__name__
    if isinstance(error, NoCredentialsError):
        return Misconfigured(reason)
    return Failed(reason) if isinstance(error, _NOT_REACHED) else InDoubt(reason)


def _of_answer(code: str, text: str) -> NotSent:
    if code in _CLOSED or _CLOSED_BY_TEXT.search(text):
        return Closed(code)
    if code in _THROTTLED:
        return Closed(code) if _DAYS_QUOTA.search(text) else Throttled(code)
    if code in _OURS or _OURS_BY_TEXT.search(text):
        return Misconfigured(code)
    return Refused(code) if code in _REFUSED else Failed(code)
