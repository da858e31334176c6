"""Staff: who may use the Back Office, and how they get in.

Staff are accounts of their own kind. Nobody signs up as one: whoever runs the service
invites them by mail, and the link of the invitation leads to a password of their own.
Inviting somebody again is also what helps with a forgotten password and changes a role.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from registration.domain.emails import EmailAddress
from registration.domain.errors import AlreadyConfirmed, LinkReplaced

_ID_LENGTH = 32


class Role(StrEnum):
    """What a member of staff may do: look, or change things as well."""

    VIEWER = "viewer"
    EDITOR = "editor"

    @property
    def may_edit(self) -> bool:
        """Whether this role may change customers and import files."""
        return self is Role.EDITOR


@dataclass(frozen=True)
class StaffMember:
    """Somebody who was invited to the Back Office.

    ``staff_id`` is derived from the address, so that one address is one member, and so
    that links and cookies name the member without the address. ``token_id`` names the
    newest invitation, until it is accepted. Sessions count for the ``generation`` that
    they were begun in: a new one, drawn at random, ends all of them at once.
    """

    staff_id: str
    email: EmailAddress
    name: str | None
    role: Role
    password_hash: str | None
    token_id: str | None
    generation: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether an invitation was accepted, so that there is a password to sign in with."""
        return self.password_hash is not None

    @property
    def own_data(self) -> tuple[str, ...]:
        """What the member's password must not be made of."""
        local = self.email.normalised.partition("@")[0]
        return (self.email.normalised, local, self.name or "")

    def invite_again(
        self, role: Role, name: str | None, *, token_id: str, generation: str, now: datetime
    ) -> "StaffMember":
        """Return the member with a new invitation, which replaces an earlier one.

        The password goes on working until another is chosen. Another role ends all
        sessions, so that nobody goes on with what the old one allowed.
        """
        return replace(
            self,
            role=role,
            name=name or self.name,
            token_id=token_id,
            generation=self.generation if role is self.role else generation,
            updated_at=now,
        )

    def check_link(self, token_id: str) -> None:
        """Make sure that a link is the newest invitation, not accepted yet.

        Raises
        ------
        AlreadyConfirmed, LinkReplaced
        """
        if self.token_id is None:
            raise AlreadyConfirmed
        if not hmac.compare_digest(token_id, self.token_id):
            raise LinkReplaced

    def choose_password(
        self, password_hash: str, *, generation: str, now: datetime
    ) -> "StaffMember":
        """Return the member with the invitation accepted; sessions of before are over."""
        return replace(
            self,
            password_hash=password_hash,
            token_id=None,
            generation=generation,
            updated_at=now,
        )

    def end_sessions(self, *, generation: str, now: datetime) -> "StaffMember":
        """Return the member signed out everywhere."""
        return replace(self, generation=generation, updated_at=now)


def staff_id_of(email: EmailAddress) -> str:
    """Return the id of the member with an address, the same for all its spellings."""
    digest = hashlib.sha256(f"staff {email.normalised}".encode()).hexdigest()
    return digest[:_ID_LENGTH]


def new_member(
    email: EmailAddress,
    role: Role,
    name: str | None,
    *,
    token_id: str,
    generation: str,
    now: datetime,
) -> StaffMember:
    """Return a member who was just invited."""
    return StaffMember(
        staff_id=staff_id_of(email),
        email=email,
        name=name,
        role=role,
        password_hash=None,
        token_id=token_id,
        generation=generation,
        created_at=now,
        updated_at=now,
    )
