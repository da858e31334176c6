"""The gate of the Back Office: who is signed in there, and what they may do.

What the browser keeps is a cookie of its own, ``staff``, beside those that
``entrypoints/web/browser.py`` tells of: ``HttpOnly``, ``SameSite=Strict``, and ``Secure`` with
a name that begins with ``__Host-`` where the public address is HTTPS. The CSRF tokens of the
Back Office's forms are bound to it.
"""

from collections.abc import Callable
from datetime import timedelta

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from registration.application.staff.members import StaffSignIn
from registration.domain.errors import EditorsOnly
from registration.domain.rate_limits import LimitedAction
from registration.domain.sessions import BrowserToken
from registration.domain.staff.members import StaffMember
from registration.entrypoints.web import http
from registration.entrypoints.web.browser import Browser
from registration.frozen import dataclass

STAFF_COOKIE = "staff"
"""The cookie of a session of staff, as :class:`Browser` names cookies."""

LOGIN = "/back-office/login"
"""Where somebody who is not signed in is led."""


@dataclass(frozen=True)
class StaffGate:
    """Admits members of staff: one read. ``sign_in`` is asked when needed."""

    browser: Browser
    sign_in: Callable[[], StaffSignIn]

    @property
    def kept(self) -> str | None:
        """The text of the session that the browser keeps, unchecked."""
        return self.browser.cookie(STAFF_COOKIE)

    def member(self) -> StaffMember:
        """Return the member that makes the request.

        Raises
        ------
        LoginRequired
            Nobody is signed in. It leads to the login page.
        """
        kept = self.kept
        member = self.sign_in().member(kept)
        if member is None:
            # A browser that comes from elsewhere does not send the cookie: it is not
            # forgotten then, or a link in a chat would sign people out.
            raise http.LoginRequired(LOGIN, self.signed_out() if kept else None)
        return member

    def editor(self) -> StaffMember:
        """Return the member that makes the request, who may change things.

        Raises
        ------
        LoginRequired, EditorsOnly
        """
        member = self.member()
        if not member.role.may_edit:
            raise EditorsOnly
        return member

    def signed_in(self, kept: BrowserToken, member: StaffMember) -> list[Cookie]:
        """Return the cookies of a browser in which a member has just signed in."""
        known = self.browser.known(member.email, LimitedAction.STAFF_LOGIN)
        return [self._cookie(str(kept), self.sign_in().lifetime), known]

    def signed_out(self) -> list[Cookie]:
        """Return the cookies of a browser in which somebody has just signed out."""
        return [self._cookie("", timedelta())]

    def _cookie(self, value: str, lifetime: timedelta) -> Cookie:
        days = lifetime / timedelta(days=1)
        strict = SameSite.STRICT_MODE
        return self.browser.kept(STAFF_COOKIE, value, days=days, same_site=strict)
