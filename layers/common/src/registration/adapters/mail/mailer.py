"""Sending mails with Amazon SES."""

import re
from email.header import Header
from email.utils import formataddr
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients
from registration.adapters.mail.ses_errors import meaning
from registration.application.ports import InlineImage, RenderedMail
from registration.domain.mail.mails import Mail
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import (
        AttachmentTypeDef,
        ContentTypeDef,
        MessageHeaderTypeDef,
        MessageTagTypeDef,
        MessageTypeDef,
    )

# RFC 2047: a longer name is split into several encoded words.
_ENCODED_WORD = 75
# SES refuses a mail with other characters in a tag.
_NO_TAG = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class SesMailer:
    """The port ``Mailer`` on SES v2.

    Parameters
    ----------
    sender, sender_name
        The sender's address and name.
    configuration_set
        The configuration set, which publishes bounces and complaints.
    reply_to
        The address for replies; if empty, the sender.
    """

    sender: str
    sender_name: str
    configuration_set: str
    reply_to: str = ""

    def send(self, mail: Mail, rendered: RenderedMail) -> None:
        """Hand over one mail, in one try."""
        message: MessageTypeDef = {
            "Subject": _utf8(rendered.subject),
            "Body": {"Text": _utf8(rendered.text), "Html": _utf8(rendered.html)},
            "Headers": self._headers(mail),
        }
        if rendered.images:
            message["Attachments"] = [_inline(image) for image in rendered.images]
        try:
            clients.ses().send_email(
                FromEmailAddress=_mailbox(self.sender_name, self.sender),
                ReplyToAddresses=[self.reply_to] if self.reply_to else [],
                Destination={"ToAddresses": [mail.to]},
                Content={"Simple": message},
                ConfigurationSetName=self.configuration_set,
                EmailTags=_tags(mail),
            )
        except (ClientError, BotoCoreError) as error:
            raise meaning(error) from error

    def _headers(self, mail: Mail) -> "list[MessageHeaderTypeDef]":
        """Return the headers that tell other programs how to treat a mail."""
        headers = {
            # RFC 3834: prevents automatic replies. Exchange has a header of its own.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        }
        if mail.unasked and self.reply_to:
            # RFC 2369. Never on a solicited mail: after a click on "unsubscribe" the
            # receiver would wait in vain for the next link.
            to = quote(self.reply_to, safe="@")
            subject = quote(f"unsubscribe {mail.reference}", safe="")
            headers["List-Unsubscribe"] = f"<mailto:{to}?subject={subject}>"
        return [{"Name": name, "Value": value} for name, value in headers.items()]


def _mailbox(name: str, address: str) -> str:
    """Return a name and an address for a header. SES encodes subjects, but not names."""
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8').encode(linesep='', maxlinelen=_ENCODED_WORD)} <{address}>"


def _tags(mail: Mail) -> "list[MessageTagTypeDef]":
    """Return the tags that SES's events repeat: ids that identify the mail."""
    tags = {"kind": mail.kind, "mail_id": mail.mail_id, "reference": mail.reference}
    return [{"Name": name, "Value": _NO_TAG.sub("_", tag)} for name, tag in tags.items()]


def _inline(image: InlineImage) -> "AttachmentTypeDef":
    """Return an image beside the HTML. Without a word, SES sends seven bits of each byte.

    https://docs.aws.amazon.com/ses/latest/dg/attachments.html
    """
    return {
        "RawContent": image.content,
        "FileName": image.name,
        "ContentType": image.media_type,
        "ContentDisposition": "INLINE",
        "ContentId": image.content_id,
        "ContentTransferEncoding": "BASE64",
    }


def _utf8(data: str) -> "ContentTypeDef":
    return {"Data": data, "Charset": "UTF-8"}
