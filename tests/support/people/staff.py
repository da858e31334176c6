"""Staff for tests: valid except for a test's overrides."""

from datetime import timedelta
from itertools import count
from typing import Any

from registration.application.rate_limits import LoginRateLimiter, RateLimit
from registration.application.staff.audit import Audited
from registration.application.staff.members import (
    AcceptInvitation,
    InviteStaff,
    RemoveStaff,
    StaffPasswords,
    StaffSignIn,
)
from registration.domain.emails import EmailAddress
from registration.domain.links import Link, LinkSigner, Purpose
from registration.domain.passwords import PasswordRules
from registration.domain.rate_limits import Limit, LimitedAction
from registration.domain.sessions import RefreshToken
from registration.domain.staff.audit import AuditAction, AuditEntry
from registration.domain.staff.members import Role, StaffMember, staff_id_of
from registration.domain.staff.sessions import StaffSession
from tests.fakes.customers import FakeLimits
from tests.fakes.staff import FakeAuditRecord, FakeStaff
from tests.support.factories import NOW, PASSWORD_HASH

ADDRESS = EmailAddress("Ada@shop.example")
LIFETIME = timedelta(hours=12)
CLIENT = "203.0.113.7"


def an_invited_member(**overrides: Any) -> StaffMember:
    """Return Ada, who was invited at ``NOW`` to edit and has not accepted yet."""
    values: dict[str, Any] = {
        "staff_id": staff_id_of(ADDRESS),
        "email": ADDRESS,
        "name": "Ada Lovelace",
        "role": Role.EDITOR,
        "password_hash": None,
        "token_id": "invitation-00001",
        "generation": "generation-00001",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return StaffMember(**values | overrides)


def a_member(**overrides: Any) -> StaffMember:
    """Return Ada with the invitation accepted and a password chosen."""
    return an_invited_member(**{"password_hash": PASSWORD_HASH, "token_id": None} | overrides)


def a_staff_session(**overrides: Any) -> tuple[RefreshToken, StaffSession]:
    """Return the token of Ada's browser since ``NOW``, and its session."""
    token = RefreshToken.new(staff_id_of(ADDRESS), "session-00000001")
    values: dict[str, Any] = {
        "staff_id": token.reference,
        "session_id": token.session_id,
        "digest": token.digest,
        "generation": "generation-00001",
        "ends_at": NOW + LIFETIME,
        "seen_at": NOW,
    }
    return token, StaffSession(**values | overrides)


def an_entry(**overrides: Any) -> AuditEntry:
    """Return the entry for a customer's page that Ada has begun to view."""
    values: dict[str, Any] = {
        "entry_id": "entry-0000000001",
        "at": NOW,
        "staff_id": staff_id_of(ADDRESS),
        "email": ADDRESS.typed,
        "action": AuditAction.VIEWED_CUSTOMER,
        "client": CLIENT,
        "customer": "DE--Aa1Bb2Cc3Dd4Ee5F",
    }
    return AuditEntry(**values | overrides)


class BackOffice:
    """The use cases of staff on fakes, with a clock that a test sets."""

    def __init__(self, *members: StaffMember, most_failures: int = 5) -> None:
        self.now = NOW
        self.staff = FakeStaff(members={member.staff_id: member for member in members})
        self.record = FakeAuditRecord()
        self.limits = FakeLimits()
        self.links = LinkSigner(["a key"])
        numbers = count(1)

        def new_id() -> str:
            return f"id-{next(numbers):013}"

        def clock() -> Any:
            return self.now

        limit = Limit(most_failures, timedelta(minutes=15))
        login_rate_limiter = LoginRateLimiter(
            self.limits, RateLimit(LimitedAction.STAFF_LOGIN, limit, limit)
        )
        self.audited = Audited(self.record, clock, new_id)
        self.invite = InviteStaff(self.staff, self.audited, clock, new_id, timedelta(hours=48))
        self.remove = RemoveStaff(self.staff, self.audited)
        self.passwords = StaffPasswords(
            login_rate_limiter,
            self.staff,
            self.audited,
            clock,
            new_id,
            PasswordRules.LENGTH,
            LIFETIME,
        )
        self.accept = AcceptInvitation(self.staff, self.passwords, self.links, clock)
        self.sign_in = StaffSignIn(
            login_rate_limiter, self.staff, self.staff, self.audited, clock, new_id, LIFETIME
        )

    @property
    def member(self) -> StaffMember:
        """The stored state of Ada."""
        return self.staff.members[staff_id_of(ADDRESS)]

    @property
    def acts(self) -> list[tuple[str, str, str | None]]:
        """Action, outcome and reason of each entry in the record, oldest first."""
        return [(e.action, e.outcome, e.reason) for e in self.record.entries.values()]

    def token(self, token_id: str | None = None, member: StaffMember | None = None) -> str:
        """Return the token of a member's newest invitation, or of another one."""
        member = member or self.member
        token_id = token_id or member.token_id or ""
        expires_at = NOW + timedelta(hours=48)
        link = Link(Purpose.INVITE_STAFF, member.staff_id, token_id, expires_at)
        return self.links.token(link)
