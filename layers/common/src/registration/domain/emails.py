"""E-mail addresses: validation, and when two spellings are the same address.

RFC 5321 lets a mail host treat the local part as case-sensitive. No host that shop
customers use does, so two spellings are one customer. Mail goes to the spelling that
the owner typed. Dots and ``+tags`` stay: only the mail host knows their meaning.
"""

import re
from functools import cached_property

from registration.domain.errors import EmailTooLong, InvalidEmail
from registration.domain.invisible import hides_something, trimmed
from registration.frozen import dataclass

LONGEST = 100
"""The maximum length of an address, as in Glue's customers."""

_SPACE = re.compile(r"\s")
# Nearly every address matches this pattern, and the library accepts every address that
# does. Checking the pattern first, the import reads a million rows in a tenth of the time.
_PLAIN = re.compile(
    r"(?P<local>[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+)"
    r"@(?P<domain>(?:(?=[^.]{1,41}\.)[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.){1,4}"
    # Names that never have mail: the library knows them.
    r"(?!(?i:arpa|invalid|local|localhost|onion)\Z)[A-Za-z]{2,24})",
    re.ASCII,
)


@dataclass(frozen=True)
class EmailAddress:
    """An address that mail can be sent to.

    ``typed`` is the spelling to send to: the local part as given, the domain
    lower-cased and in its ASCII form (IDNA 2008).
    """

    typed: str

    @cached_property
    def normalised(self) -> str:
        """The key of the address: equal for all spellings of one mailbox."""
        local, _, domain = self.typed.rpartition("@")
        return f"{local.casefold()}@{domain}"

    @classmethod
    def parse(cls, text: str) -> "EmailAddress":
        """Parse an address as typed; spaces and invisible characters around it are ignored.

        Raises
        ------
        EmailTooLong
            More than 100 characters, as typed or with its domain in ASCII.
        InvalidEmail
            Not an address, or one that mail cannot reach: a local part beyond
            ASCII (Amazon SES has no SMTPUTF8), a host without a domain, an invisible character.
        """
        stripped = trimmed(text)
        if len(stripped) > LONGEST:
            raise EmailTooLong
        if (plain := _PLAIN.fullmatch(stripped)) and len(plain["local"]) <= 64:  # noqa: PLR2004 - RFC 5321, 4.5.3.1.1
            return cls(f"{plain['local']}@{plain['domain'].lower()}")
        if hides_something(stripped):
            raise InvalidEmail
        # Imported here: few addresses need it, and its patterns would be a tenth of a cold start.
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

        try:
            # RFC 2606 reserves `.test` for testing: integrators may use it.
            valid = validate_email(
                stripped,
                check_deliverability=False,
                allow_smtputf8=False,
                test_environment=True,
                strict=True,
            )
        except EmailNotValidError as error:
            raise InvalidEmail from error
        address = cls(f"{valid.local_part}@{valid.ascii_domain}")
        if len(address.typed) > LONGEST:
            raise EmailTooLong
        return address


def resembles_address(text: str) -> bool:
    """Whether a text looks like an address at all: the first check of forms and of Glue."""
    # No pattern with two repetitions: a client may send a megabyte of dots.
    stripped = trimmed(text)
    local, _, domain = stripped.partition("@")
    is_one = bool(local) and "." in domain[1:-1] and "@" not in domain
    return is_one and not _SPACE.search(stripped)
