"""Handing letters over to Amazon SES."""

from dataclasses import dataclass
from email.headerregistry import Address
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients
from registration.application.ports import Letter, Postponed, Refused
from registration.domain.mails import Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import ContentTypeDef

# Said of this one mail, and said again each time. Everything else (throttling, the
# quota, a paused account) passes or is mended.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
_FOR_GOOD = {"MessageRejected", "BadRequestException"}
# But SES also rejects every message of a sender that it has not verified yet: that is
# ours to mend, and each mail is kept until then.
_NOT_VERIFIED = "not verified"


@dataclass(frozen=True)
class SesMailer:
    """The port ``Mailer`` on SES v2.

    Parameters
    ----------
    sender, sender_name
        The address and the name that mails come from.
    configuration_set
        What SES does with bounces and complaints.
    """

    sender: str
    sender_name: str
    configuration_set: str

    def send(self, mail: Mail, letter: Letter) -> None:
        """Hand over one letter, in one try."""
        try:
            clients.ses().send_email(
                FromEmailAddress=str(Address(self.sender_name, addr_spec=self.sender)),
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": _utf8(letter.subject),
                        "Body": {"Text": _utf8(letter.text), "Html": _utf8(letter.html)},
                        "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                    }
                },
                ConfigurationSetName=self.configuration_set,
                EmailTags=[{"Name": "kind", "Value": mail.kind.value}],
            )
        except ClientError as error:
            said = error.response.get("Error", {})
            code = said.get("Code", "Unknown")
            if code in _FOR_GOOD and _NOT_VERIFIED not in said.get("Message", ""):
                raise Refused(code) from error
            raise Postponed(code) from error
        except BotoCoreError as error:
            raise Postponed(type(error).__name__) from error


def _utf8(data: str) -> "ContentTypeDef":
    return {"Data": data, "Charset": "UTF-8"}
