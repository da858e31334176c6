"""What ``functions/invite_staff`` is asked: to invite somebody, or to remove a member."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from registration.domain.emails import EmailAddress
from registration.domain.errors import EmailTooLong, InvalidEmail
from registration.domain.invisible import LOST, hides_something, trimmed
from registration.domain.profile import LONGEST_NAME, NOT_IN_NAMES
from registration.domain.staff.members import Role


class WrongEvent(Exception):
    """The event asks for nothing that can be done; its text says why, without what was in it."""


def _address(text: str) -> EmailAddress:
    try:
        return EmailAddress.parse(text)
    except (InvalidEmail, EmailTooLong) as error:
        raise ValueError(error.detail) from error


def _name(text: str) -> str:
    name = trimmed(text)
    if not name or LOST in name or NOT_IN_NAMES.search(name) or hides_something(name):
        message = "A name has no : / < > and no line breaks, invisible or lost characters."
        raise ValueError(message)
    return name


_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(_name),
]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    typed: Annotated[str, Field(alias="email"), AfterValidator(lambda text: _address(text).typed)]

    @property
    def email(self) -> EmailAddress:
        """Whom it is about."""
        return EmailAddress(self.typed)


class Invitation(_Request):
    """Somebody is to be invited."""

    role: Role
    name: _Name | None = None


class Removal(_Request):
    """A member is to be removed."""

    remove: Literal[True]


def request_in(event: Any) -> Invitation | Removal:
    """Return what an event asks for.

    Raises
    ------
    WrongEvent
    """
    removes = isinstance(event, dict) and "remove" in event
    try:
        return (Removal if removes else Invitation).model_validate(event)
    except ValidationError as error:
        raise WrongEvent(_told(error)) from error


def _told(error: ValidationError) -> str:
    flaws = [
        f"{'.'.join(map(str, flaw['loc'])) or 'event'}: {flaw['msg'].removeprefix('Value error, ')}"
        for flaw in error.errors(include_input=False, include_url=False)
    ]
    return "; ".join(flaws)
