"""What the pages of one's own account show."""

from enum import StrEnum


class AccountNotice(StrEnum):
    """What the page says above the profile."""

    CONFIRMED = "confirmed"
    SAVED = "saved"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name

    @classmethod
    def of(cls, said: str | None) -> "AccountNotice | None":
        """Return the notice that an address asks for, if it is one."""
        return cls(said) if said in set(cls) else None
