"""Members of staff, who use the Back Office, and their invitations.

Staff have their own kind of account. They cannot sign up: the operator of the service
invites them by mail, and the link in the invitation lets them choose a password. A new
invitation also replaces a forgotten password or changes a role.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from registration.domain.emails import EmailAddress
from registration.domain.errors import AlreadyConfirmed, LinkReplaced
from registration.frozen import dataclass

_ID_LENGTH = 32


class Role(StrEnum):
    """What a member of staff may do: view only, or edit as well."""

    VIEWER = "viewer"
    EDITOR = "editor"

    @property
    def may_edit(self) -> bool:
        """Whether this role may change customers and import files."""
        return self is Role.EDITOR


@dataclass(frozen=True)
class StaffMember:
    """A person who was invited to the Back Office.

    ``staff_id`` is derived from the address, so that one address is one member, and links
    and cookies name the member without the address. ``token_id`` names the newest
    invitation, until it is accepted. Sessions are valid only in the ``generation`` in which
    they began: a new random generation ends all of them at once.
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
        """Whether the member has accepted an invitation and so has a password."""
        return self.password_hash is not None

    @property
    def own_data(self) -> tuple[str, ...]:
        """The personal data that the member's password must not consist of."""
        local = self.email.normalised.partition("@")[0]
        return (self.email.normalised, local, self.name or "")

    def invite_again(
        self, role: Role, name: str | None, *, token_id: str, generation: str, now: datetime
    ) -> "StaffMember":
        """Return the member with a new invitation, which replaces the last one.

        The password stays valid until another is chosen. A change of role ends all sessions,
        so that nobody keeps the permissions of the old role.
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
        """Check that a link is the newest invitation and was not accepted yet.

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
        """Return the member with the invitation accepted; earlier sessions end."""
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
    """Return the id of the member with an address, the same for all spellings."""
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
