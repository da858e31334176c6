"""The codes of mails, as people type them into pages."""

import re
from dataclasses import dataclass, field

from tests.support.cloud import Answer, Call, Cloud, SentMail
from tests.support.people.shoppers import Shopper

_CODE = re.compile(r"(?<!\d)\d{4} \d{4}(?!\d)")


def codes_in(mail: SentMail) -> set[str]:
    """Return the codes in a mail: one, the same in both of its parts, or none."""
    return set(_CODE.findall(mail.text)) | set(_CODE.findall(mail.html))


def code_in(mail: SentMail) -> str:
    """Return the code in a mail."""
    (code,) = codes_in(mail)
    return code


def wrong(code: str, by: int = 1) -> str:
    """Return another code."""
    return f"{(int(code.replace(' ', '')) + by) % 10**8:08}"


def newest_to(cloud: Cloud, address: str) -> SentMail:
    """Send what waits, and return the newest mail to an address."""
    cloud.drain()
    return next(mail for mail in reversed(cloud.mails) if mail.to == address)


def is_counted(call: Call) -> bool:
    """Whether a call adds to the counter of a limit."""
    key: str = call.parameters.get("Key", {}).get("PK", {}).get("S", "")
    return key.startswith("LIMIT#")


@dataclass
class Typist(Shopper):
    """A shopper who keeps the page with the field open, and types one code after another."""

    token: str = field(default="", kw_only=True)

    def types(self, path: str, code: str) -> Answer:
        """Send a code."""
        self.token = self.token or self.csrf_token()
        return self.send_as_is(path, {"csrf_token": self.token, "code": code})
