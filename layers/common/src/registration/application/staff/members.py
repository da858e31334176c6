"""Inviting members of staff, signing them in and out, removing them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from registration.application.customers.sign_in import address_of, dummy_hash
from registration.application.ports import Clock, Conflict, Links, NewId
from registration.application.rate_limits import LoginRateLimiter
from registration.application.staff.audit import Audited
from registration.application.staff.ports import Staff, StaffSessions
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AuthenticationFailed,
    Busy,
    LinkExpired,
    LinkWrong,
    PasswordsDiffer,
    RefreshFailed,
    WrongPassword,
)
from registration.domain.links import Purpose
from registration.domain.mail.mails import staff_invitation_mail
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)
from registration.domain.rate_limits import Client, LimitedAction
from registration.domain.sessions import BrowserToken
from registration.domain.staff.audit import AuditAction
from registration.domain.staff.members import Role, StaffMember, new_member, staff_id_of
from registration.domain.staff.sessions import StaffSession
from registration.frozen import dataclass


@dataclass(frozen=True)
class InviteStaff:
    """Invites a person to the Back Office, or a member again: one read, one transaction."""

    staff: Staff
    audited: Audited
    clock: Clock
    new_id: NewId
    lifetime: timedelta

    def __call__(self, email: EmailAddress, role: Role, name: str | None) -> datetime:
        """Promise the mail with the link; earlier invitations become invalid.

        Returns
        -------
        datetime
            When the link expires, if the mail is sent at once.

        Raises
        ------
        Busy
            The same address was invited at the same moment, or it cannot be recorded.
        """
        seen, now, token_id = self.staff.get(staff_id_of(email)), self.clock(), self.new_id()
        drawn = {"token_id": token_id, "generation": self.new_id()}
        member = (
            seen.invite_again(role, name, now=now, **drawn)
            if seen
            else new_member(email, role, name, now=now, **drawn)
        )
        with self.audited(member, AuditAction.INVITED):
            try:
                self.staff.invite(member, seen, staff_invitation_mail(member, token_id, now))
            except Conflict as error:
                raise Busy from error
        return now + self.lifetime


@dataclass(frozen=True)
class RemoveStaff:
    """Removes a member from the Back Office, with all sessions and invitations."""

    staff: Staff
    audited: Audited

    def __call__(self, email: EmailAddress) -> bool:
        """Remove a member; return whether there was one.

        Raises
        ------
        Busy
            The member was changed at the same moment, or it cannot be recorded.
        """
        member = self.staff.get(staff_id_of(email))
        if member is None:
            return False
        with self.audited(member, AuditAction.REMOVED):
            try:
                self.staff.remove(member)
            except Conflict as error:
                raise Busy from error
        return True


@dataclass(frozen=True)
class StaffPasswords:
    """Sets the passwords of members: earlier sessions end, and a new one begins."""

    login_rate_limiter: LoginRateLimiter
    staff: Staff
    audited: Audited
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules
    lifetime: timedelta

    def choose(
        self,
        seen: StaffMember,
        chosen: tuple[str, str],
        action: AuditAction,
        client: Client,
        explain: Callable[[], object] = lambda: None,
    ) -> BrowserToken:
        """Set a password, ``chosen`` and repeated; return the token for the browser.

        If the member was changed at the same moment, ``explain`` may raise a better error.

        Raises
        ------
        PasswordsDiffer, WeakPassword
        Busy
            The member was changed at the same moment, or it cannot be recorded.
        """
        password, repetition = chosen
        if password != repetition:
            raise PasswordsDiffer
        check_password(password, self.password_rules, seen.own_data)
        now, kept_hash = self.clock(), hash_password(password)
        member = seen.choose_password(kept_hash, generation=self.new_id(), now=now)
        kept = BrowserToken.new(member.staff_id, self.new_id())
        note = client.note(LimitedAction.STAFF_LOGIN, member.email, now)
        session = replace(StaffSession.begin(kept, member, now, self.lifetime), note=note)
        with self.audited(member, action, client.address):
            try:
                self.staff.save(member, seen, session)
            except Conflict as error:
                explain()
                raise Busy from error
        return kept

    def change(
        self, member: StaffMember, current: str, chosen: tuple[str, str], client: Client
    ) -> BrowserToken:
        """Change a member's password, chosen and repeated; return the token for the browser.

        Wrong passwords count for all sessions of the member together.

        Raises
        ------
        WrongPassword, TooManyAttempts
        PasswordsDiffer, WeakPassword, Busy
        """
        attempt = self.login_rate_limiter.begin(member.email, None, self.clock())
        if not password_matches(current, member.password_hash or ""):
            self.login_rate_limiter.failed(attempt)
            raise WrongPassword
        return self.choose(member, chosen, AuditAction.CHANGED_PASSWORD, client)


@dataclass(frozen=True)
class AcceptInvitation:
    """Sets the password of an invited member and signs in. The newest link works once."""

    staff: Staff
    passwords: StaffPasswords
    links: Links
    clock: Clock

    def look(self, token: str) -> StaffMember:
        """Return the member that a link invites, without changing anything.

        Raises
        ------
        LinkWrong, LinkReplaced, LinkExpired, AlreadyConfirmed
        """
        link = self.links.read(token, Purpose.INVITE_STAFF)
        member = self.staff.get(link.reference)
        if member is None:
            raise LinkWrong
        member.check_link(link.token_id)
        if link.has_expired(self.clock()):
            raise LinkExpired
        return member

    def __call__(self, token: str, chosen: tuple[str, str], client: Client) -> BrowserToken:
        """Set the password, chosen and repeated; return the token for the browser.

        Raises
        ------
        LinkWrong, LinkReplaced, LinkExpired, AlreadyConfirmed
        PasswordsDiffer, WeakPassword
        Busy
            The action cannot be recorded.
        """
        seen, action = self.look(token), AuditAction.ACCEPTED_INVITATION
        # Accepted or invited again meanwhile: another look raises the right error.
        return self.passwords.choose(seen, chosen, action, client, lambda: self.look(token))


@dataclass(frozen=True)
class StaffSignIn:
    """Signs staff in and out, and authenticates their browsers.

    An unknown address, a pending invitation and a wrong password get the same answer after
    the same work: two reads, one hash and one write, which counts the failure.
    """

    login_rate_limiter: LoginRateLimiter
    staff: Staff
    sessions: StaffSessions
    audited: Audited
    clock: Clock
    new_id: NewId
    lifetime: timedelta

    def by_password(
        self, username: str, password: str, client: Client
    ) -> tuple[BrowserToken, StaffMember]:
        """Sign in with an address and a password.

        Returns
        -------
        tuple
            The token for the browser, and the signed-in member.

        Raises
        ------
        AuthenticationFailed
        TooManyAttempts
            There were too many failures by this client or with this address.
        Busy
            The attempt cannot be counted, or not be recorded.
        """
        email = address_of(username)
        attempt = self.login_rate_limiter.begin(email, client, self.clock())
        member = self.staff.get(staff_id_of(email))
        kept_hash = member.password_hash if member else None
        matches = password_matches(password, kept_hash or dummy_hash())
        if member is None or kept_hash is None or not matches:
            self.login_rate_limiter.failed(attempt)
            raise AuthenticationFailed
        kept, now = BrowserToken.new(member.staff_id, self.new_id()), self.clock()
        note = client.note(LimitedAction.STAFF_LOGIN, email, now)
        session = StaffSession.begin(kept, member, now, self.lifetime)
        with self.audited(member, AuditAction.SIGNED_IN, client.address):
            self.sessions.begin(replace(session, note=note))
        return kept, member

    def member(self, kept: str | None) -> StaffMember | None:
        """Return the signed-in member, if the browser's token is valid. One read.

        From time to time it also writes, to extend a session that is in use.
        """
        found = self._read(kept)
        if found is None:
            return None
        session, member = found
        now = self.clock()
        if session.has_to_be_noted(now):
            try:
                self.sessions.note(session.seen(now))
            except Conflict:
                return None
        return member

    def sign_out(self, kept: str | None, client: str | None) -> None:
        """End the session of a browser's token, if the token is valid."""
        if found := self._read(kept):
            session, member = found
            with self.audited(member, AuditAction.SIGNED_OUT, client):
                self.sessions.end(session.staff_id, session.session_id)

    def sign_out_everywhere(self, member: StaffMember, client: str | None) -> None:
        """End all sessions of a member.

        Raises
        ------
        Busy
            The member was changed at the same moment, or it cannot be recorded.
        """
        changed = member.end_sessions(generation=self.new_id(), now=self.clock())
        with self.audited(member, AuditAction.SIGNED_OUT_EVERYWHERE, client):
            try:
                self.staff.save(changed, member)
            except Conflict as error:
                raise Busy from error

    def _read(self, kept: str | None) -> tuple[StaffSession, StaffMember] | None:
        try:
            token = BrowserToken.parse(kept or "")
        except RefreshFailed:
            return None
        session, member = self.sessions.with_member(token.reference, token.session_id)
        if session is None or member is None:
            return None
        return (session, member) if session.admits(token, member, self.clock()) else None
