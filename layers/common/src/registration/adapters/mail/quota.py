"""The sending quota of the SES account."""

import logging

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients
from registration.application.mail.ports import Quota

logger = logging.getLogger(__name__)

_UNLIMITED = -1


def ses_quota() -> Quota | None:
    """Return the account's quota, or None if SES does not tell it.

    Then mails go as fast as SES accepts them: an unknown quota must not stop them.
    """
    try:
        account = clients.ses().get_account()
    except (ClientError, BotoCoreError) as error:
        logger.warning("quota unknown: %s", type(error).__name__)
        return None
    quota = account.get("SendQuota", {})
    per_day = quota.get("Max24HourSend", _UNLIMITED)
    is_shut = account.get("EnforcementStatus") == "SHUTDOWN"
    return Quota(
        per_second=quota.get("MaxSendRate", 0.0),
        per_day=None if per_day == _UNLIMITED else per_day,
        sent_today=quota.get("SentLast24Hours", 0.0),
        is_open=account.get("SendingEnabled", True) and not is_shut,
    )
