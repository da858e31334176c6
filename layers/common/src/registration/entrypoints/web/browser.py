"""Browsers: what they keep for us, which forms they may send, who is signed in there.

====================  =========================================================
cookie                holds
====================  =========================================================
``visitor``           a secret of this browser: the CSRF tokens of its forms are
                      derived from it, and it is the id of the guest's cart
``session``           the session of a customer; ended on the server at log-out
``sign_up``           the sign-up that waits for its confirmation, as long as its
                      link works: a secret, and what was typed. In this browser
                      the code of its mail confirms, and for an hour the link by
                      one click. It is forgotten with each log-in and log-out:
                      the next person at this browser may be the owner of an
                      address that somebody else has signed up
``forgotten``         the forgotten password that was told here, as long as its link
                      works: a secret, and the address. In this browser the code of
                      its mail leads where the link does
``device``            secrets that tell log-ins from this browser from those of
                      strangers, for the limit of an address: one for each of the
                      latest addresses, another one after each log-in. They say
                      nothing, and outlive log-outs
====================  =========================================================

Where the public address is HTTPS, the names begin with ``__Host-``: then no other host of the same
domain can set them
(https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes).

A CSRF token is an HMAC over the session with the visitor's secret: another site's page can make
a browser send both cookies, but cannot read them, nor know the token. As the session is part of
it, a form from before the log-in is refused after it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from registration.domain.carts import Guest
from registration.domain.emails import EmailAddress
from registration.domain.errors import FormExpired
from registration.domain.rate_limits import KNOWN_FOR, Client, LimitedAction
from registration.domain.sessions import LIFETIME
from registration.domain.typos import likely_meant
from registration.entrypoints.rendering.page_writing import CSRF_TOKEN, PageWriter, Visit
from registration.entrypoints.web import http
from registration.entrypoints.web.awaited_mail import AwaitedMail
from registration.entrypoints.web.negotiation import Resolver
from registration.frozen import dataclass

_VISITOR = "visitor"
_SESSION = "session"
_SIGN_UP = "sign_up"
_FORGOTTEN = "forgotten"
_DEVICE = "device"
_VISITOR_DAYS = 30
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_DEVICES = re.compile(r"[A-Za-z0-9_-]{45}(\.[A-Za-z0-9_-]{45}){,4}")
_NEW_VISITOR = "new_visitor"
_NEW_DEVICE = "new_device"
_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Browser:
    """The browser that makes the request at hand.

    Parameters
    ----------
    resolver
        Knows the request.
    writer
        Asked when needed; knows languages and the public address.
    bound_to
        Names of further cookies that the tokens of forms are bound to.
    """

    resolver: Resolver
    writer: Callable[[], PageWriter]
    bound_to: tuple[str, ...] = ()

    @property
    def locale(self) -> str:
        """The language to answer in."""
        return self.writer().locale(self._event.headers.get("accept-language"))

    @property
    def session(self) -> str | None:
        """The text of the customer's session, unchecked."""
        return self.cookie(_SESSION)

    @property
    def guest(self) -> Guest | None:
        """The guest whom a cart can belong to, if the browser was here before."""
        visitor = self._known_visitor()
        return Guest.of(visitor) if visitor else None

    @property
    def sign_up(self) -> AwaitedMail | None:
        """The sign-up in this browser that waits for its confirmation."""
        return AwaitedMail.read(self.cookie(_SIGN_UP))

    def signed_up(self, pending: AwaitedMail, link_lifetime: timedelta) -> list[Cookie]:
        """Return the cookies of a browser in which somebody has just signed up."""
        return [self.kept(_SIGN_UP, pending.cookie, days=link_lifetime / timedelta(days=1))]

    def sign_up_over(self) -> list[Cookie]:
        """Return the cookies of a browser that forgets its sign-up."""
        return [self.kept(_SIGN_UP, "", days=0)]

    @property
    def forgotten(self) -> AwaitedMail | None:
        """The forgotten password that was told in this browser."""
        return AwaitedMail.read(self.cookie(_FORGOTTEN))

    def forgot(self, told: AwaitedMail, link_lifetime: timedelta) -> list[Cookie]:
        """Return the cookies of a browser in which a forgotten password has just been told."""
        return [self.kept(_FORGOTTEN, told.cookie, days=link_lifetime / timedelta(days=1))]

    def forgotten_over(self) -> list[Cookie]:
        """Return the cookies of a browser that waits for no new password any more."""
        return [self.kept(_FORGOTTEN, "", days=0)] if self.forgotten else []

    def visit(self) -> Visit:
        """Return what a page has to know of its visitor."""
        return Visit(self.locale, self._csrf_token(self._visitor()), bool(self.session))

    def glance(self) -> Visit:
        """Return the same for a page without a form of its own: no visitor begins with it."""
        visitor = self._known_visitor()
        if visitor is None:
            return Visit(self.locale)
        return Visit(self.locale, self._csrf_token(visitor), bool(self.session))

    def form(self) -> dict[str, str]:
        """Return the fields of the submitted form, which came from a page of ours.

        An address has its typo corrected if the form asked and was told to.

        Raises
        ------
        FormExpired
            It did not, or from one that was opened before a log-in or long ago.
        Malformed
        """
        fields = http.form_of(self._event)
        visitor = self._known_visitor()
        token = fields.pop(CSRF_TOKEN, "")
        # The visitor first: without one there is no token that would fit.
        if visitor is None or not hmac.compare_digest(
            token.encode(), self._csrf_token(visitor).encode()
        ):
            raise FormExpired
        # Only the suggestion that the form showed for what is typed there now.
        taken = fields.pop("take_suggestion", "")
        if taken and taken == likely_meant(fields.get("email", "")):
            fields["email"] = taken
        return fields

    def cookie(self, name: str) -> str | None:
        """Return a cookie of ours."""
        return http.cookie_of(self._event, self._named(name))

    def page(
        self, html: str, status: int = 200, cookies: list[Cookie] | None = None
    ) -> Response[str]:
        """Return a page, with the visitor's cookie if it is the first with a form."""
        new = self.resolver.context.get(_NEW_VISITOR)
        more = [self.kept(_VISITOR, new, days=_VISITOR_DAYS)] if new else []
        return http.page(html, status, [*(cookies or []), *more])

    def signed_in(self, session: str, email: EmailAddress) -> list[Cookie]:
        """Return the cookies of a browser that has just logged in."""
        begun = self.kept(_SESSION, session, days=LIFETIME.days)
        return [begun, *self.sign_up_over(), *self.forgotten_over(), self.known(email)]

    @property
    def client(self) -> Client:
        """The browser as a client that logs in."""
        new = self.resolver.context.setdefault(_NEW_DEVICE, secrets.token_urlsafe(32))
        known = _DEVICES.fullmatch(self.cookie(_DEVICE) or "")
        devices = tuple(known[0].split(".")) if known else ()
        return Client(http.evidence_of(self._event).address, devices, new)

    def known(self, email: EmailAddress, action: LimitedAction = LimitedAction.LOGIN) -> Cookie:
        """Return the cookie of a browser in which somebody has proven to own an address."""
        devices = self.client.proven(action, email).devices or ()
        return self.kept(_DEVICE, ".".join(devices), days=KNOWN_FOR.days)

    def signed_out(self) -> list[Cookie]:
        """Return the cookies of a browser that has just logged out.

        The visitor is forgotten, too: the next person at this browser starts with an empty cart.
        """
        forgotten = (_SESSION, _VISITOR, _SIGN_UP, _FORGOTTEN)
        return [self.kept(name, "", days=0) for name in forgotten]

    def session_over(self) -> list[Cookie]:
        """Return the cookies of a browser whose session has ended: a guest's cart stays."""
        return [self.kept(_SESSION, "", days=0)] if self.session else []

    def remembered(self, days: int) -> list[Cookie]:
        """Return the cookies of a visitor whom we shall know for so many days from now."""
        visitor = self._known_visitor()
        return [self.kept(_VISITOR, visitor, days=days)] if visitor else []

    def kept(
        self, name: str, value: str, *, days: float, same_site: SameSite = SameSite.LAX_MODE
    ) -> Cookie:
        """Return a cookie for all pages that no script can read; 0 days forget it."""
        return Cookie(
            name=self._named(name),
            value=value,
            path="/",
            secure=self.is_secure,
            http_only=True,
            same_site=same_site,
            max_age=int(days * _DAY),
        )

    @property
    def is_secure(self) -> bool:
        """Whether the public address is HTTPS."""
        return not self.writer().public_url.startswith("http:")

    @property
    def _event(self) -> APIGatewayProxyEventV2:
        return self.resolver.current_event

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.is_secure else name

    def _known_visitor(self) -> str | None:
        known = self.cookie(_VISITOR)
        return known if known and _SECRET.fullmatch(known) else None

    def _visitor(self) -> str:
        known = self._known_visitor() or self.resolver.context.get(_NEW_VISITOR)
        if known:
            return str(known)
        made = secrets.token_urlsafe(32)
        self.resolver.context[_NEW_VISITOR] = made
        return made

    def _csrf_token(self, visitor: str) -> str:
        bound = "|".join(self.cookie(name) or "" for name in (_SESSION, *self.bound_to))
        digest = hmac.digest(visitor.encode(), f"form|{bound}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
