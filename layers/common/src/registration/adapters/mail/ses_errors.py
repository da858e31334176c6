"""What an error of SES says of a mail: that it passes, that it does not, or that it is ours.

========================  =====================================================
``Throttled``             the account's rate: wait a little
``Closed``                the day's quota, or a paused account: leave all mails
``Misconfigured``         an identity, a permission: keep all mails, ring the alarm
``Refused``               this one mail, each time: park it
``InDoubt``               no answer, after the mail was handed over
``Failed``                everything else passes
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
# One code for the rate and for the day's quota: the text tells them apart.
_DAYS_QUOTA = re.compile(r"daily|24.hour", re.IGNORECASE)
# SES says of a whole account, too, that a message is rejected.
_OURS_BY_TEXT = re.compile(r"not (?:been )?verified|not authori[sz]ed", re.IGNORECASE)
_CLOSED_BY_TEXT = re.compile(r"sending .*(?:paused|disabled|suspended)|paused for", re.IGNORECASE)
# Nobody was reached, so nothing was accepted. Any other silence may hide an acceptance. A
# connection that is closed seldom does: it had died while the function was frozen, and was
# taken up again.
_NOT_REACHED = (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    SSLError,
)


def meaning(error: ClientError | BotoCoreError) -> NotSent:
    """Return what an error of SES's client means for the mail."""
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
