"""The pages that customers see: a sample of each, in each of its states."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.preview.people import CUSTOMER, EMAIL, NEW_EMAIL, NO_EMAIL, WEAK, a_cart, wrong
from local.preview.writers import NOW, SHOP_URL, Writers
from registration.application.carts import CartView
from registration.application.customers.pending_sign_ups import SignUpState
from registration.application.ports import RenderedMail
from registration.domain.carts import Details
from registration.domain.errors import (
    AlreadyConfirmed,
    AuthenticationFailed,
    CodeWrong,
    FlawKind,
    LinkExpired,
    LinkRefused,
    LinkReplaced,
    LinkWrong,
    RegistrationError,
    TermsNotAccepted,
    WrongPassword,
)
from registration.entrypoints.account.profile import AccountNotice
from registration.entrypoints.carts.catalogue import ARTICLES
from registration.entrypoints.carts.pages import CartNotice, Mistake
from registration.entrypoints.openapi import documentation
from registration.entrypoints.rendering.texts import nearest_key
from registration.entrypoints.rendering.times import day
from registration.entrypoints.web.pages import Notice

_REFUSED = (LinkExpired(), LinkReplaced(), LinkWrong(), AlreadyConfirmed())


@dataclass(frozen=True)
class Sample:
    """A page in one state, or a mail: what it is called here, and how it is rendered."""

    name: str
    render: Callable[[Writers], str | RenderedMail]

    @property
    def slug(self) -> str:
        """The name in addresses."""
        return re.sub(r"\W+", "-", self.name.lower()).strip("-")


def page(
    name: str, template: str, *mistakes: RegistrationError, inside: bool = False, **content: Any
) -> Sample:
    """Return the sample of a page whose content is the same in each language."""
    return Sample(name, lambda to: to.page(template, *mistakes, inside=inside, **content))


def _waiting(name: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    waits = {"sent": "", "looked": "", "from_checkout": False, "seconds": 86400, "email": EMAIL}
    shown = {**waits, "state": SignUpState.WAITING, **content}
    return page(f"almost there{name}", "almost_there", *mistakes, **shown)


def _confirm(name: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    return Sample(f"confirm{name}", lambda to: to.confirm(CUSTOMER, *mistakes, **content))


def _refused(template: str, problem: LinkRefused, **content: Any) -> Sample:
    def render(to: Writers) -> str:
        key = nearest_key(to.locale, template, problem, ".heading")
        return to.page(template, key=key, **content)

    return Sample(f"{template.replace('_', ' ')}: {type(problem).__name__}", render)


SIGNING_UP = (
    Sample("register", lambda to: to.register()),
    Sample(
        "register, with mistakes",
        lambda to: to.register(
            wrong(FlawKind.BLANK, "last_name"),
            NO_EMAIL,
            wrong(FlawKind.TOO_SHORT, "password", limit=12),
            to.own_mistakes(),
            TermsNotAccepted(),
            first_name="Camille",
            email="camille.laurent@",
        ),
    ),
    Sample("register, mails allowed again", lambda to: to.register(notice="mails-allowed")),
    _waiting(""),
    _waiting(", in another browser", email=""),
    _waiting(", from the checkout", from_checkout=True),
    _waiting(", perhaps a typo", email="camille.laurent@gmial.com"),
    _waiting(", another mail sent", sent="1"),
    _waiting(", not confirmed yet", looked="1"),
    _waiting(", undelivered", state=SignUpState.UNDELIVERED),
    _waiting(", a wrong code", CodeWrong()),
    _confirm(""),
    _confirm(", with mistakes", WrongPassword(), WEAK, asks_terms=True),
    _confirm(" and choose a password", has_password=False),
    _confirm(
        " and choose a password, with mistakes",
        wrong(FlawKind.BLANK, "first_name"),
        WEAK,
        has_password=False,
    ),
    *(_refused("link_problem", problem, email="") for problem in _REFUSED[:3]),
    page("new link", "new_link", email=""),
    page("new link, with mistakes", "new_link", NO_EMAIL, email="camille.laurent@"),
    page("new link sent", "new_link_sent"),
    page("not me", "not_me", token="sample", email=EMAIL),
    page(
        "not me, not ticked",
        "not_me",
        wrong(FlawKind.NOT_TRUE, "not_me"),
        token="sample",
        email=EMAIL,
    ),
    Sample(
        "not me, done", lambda to: to.page("not_me_done", until=day(NEW_EMAIL.until, to.locale))
    ),
    page("not me, of a customer", "not_me_done", until=""),
    *(_refused("not_me_problem", problem, confirmed=False) for problem in _REFUSED[:3]),
    _refused("not_me_problem", _REFUSED[3], confirmed=True),
    page("allow mails", "allow_mails", token="sample", email=""),
    page("allow mails, refused", "allow_mails", LinkWrong(), token="sample", email=EMAIL),
)


def _login(name: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    return page(
        f"login{name}", "login", *mistakes, **{"notice": None, "email": "", "to": None, **content}
    )


LOGGING_IN = (
    _login(""),
    _login(", with mistakes", AuthenticationFailed(), email=EMAIL),
    *(_login(f": {notice}", notice=notice) for notice in Notice),
    page("forgot password", "forgot_password", email=""),
    page("forgot password, with mistakes", "forgot_password", NO_EMAIL, email="camille.laurent@"),
    page("forgot password, sent", "forgot_password_sent", email=CUSTOMER.email),
    page("forgot password, sent, in another browser", "forgot_password_sent", email=None),
    page(
        "forgot password, a wrong code", "forgot_password_sent", CodeWrong(), email=CUSTOMER.email
    ),
    page("restore password", "restore_password", token="sample", email=EMAIL),
    page("restore password, with mistakes", "restore_password", WEAK, token="sample", email=EMAIL),
    page("restore password, a wrong link", "restore_problem"),
)


def _account(name: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    return Sample(f"account{name}", lambda to: to.account(CUSTOMER, *mistakes, **content))


def _inside(name: str, template: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    return page(name, template, *mistakes, inside=True, **{"email": EMAIL, **content})


_CARTS = (
    CartView(a_cart(details=Details(name="Garden")), is_default=True),
    CartView(a_cart(items={"mug-stoneware": 2}), is_default=False),
)
_MANY = Mistake("mug-stoneware", "many", "")
_BOTH_EMAILS: dict[str, Any] = {"token": "sample", "email": NEW_EMAIL.email.typed}


def _withdrawal(state: str) -> Sample:
    def render(to: Writers) -> str:
        when = day(NOW, to.locale)
        return to.page(
            "withdraw_consent", state=state, sentence=to.consent, day=when, token="sample"
        )

    return Sample(f"withdraw a consent: {state}", render)


ACCOUNT = (
    _account(""),
    _account(
        ", with mistakes",
        wrong(FlawKind.BLANK, "last_name"),
        wrong(FlawKind.NOT_A_DATE, "date_of_birth"),
        typed={"last_name": "", "date_of_birth": "31 May"},
    ),
    *(_account(f": {notice}", notice=notice) for notice in AccountNotice),
    _account(", a new address", new_email=NEW_EMAIL),
    _account(", a wrong code", CodeWrong(), new_email=NEW_EMAIL),
    *(_withdrawal(state) for state in ("ask", "done")),
    page(
        "withdraw a consent: wrong",
        "withdraw_consent",
        state="wrong",
        sentence="",
        day="",
        token="",
    ),
    _inside("account: e-mail", "account_email", current=EMAIL, email=""),
    _inside(
        "account: e-mail, with mistakes",
        "account_email",
        NO_EMAIL,
        WrongPassword(),
        current=EMAIL,
        email="camille@",
    ),
    page("confirm e-mail", "confirm_email", **_BOTH_EMAILS, has_password=True),
    page(
        "confirm e-mail, with mistakes",
        "confirm_email",
        WrongPassword(),
        **_BOTH_EMAILS,
        has_password=True,
    ),
    page("confirm e-mail, logged in", "confirm_email", **_BOTH_EMAILS, has_password=False),
    page("restore e-mail", "restore_email", **_BOTH_EMAILS),
    page("restore e-mail, with mistakes", "restore_email", WEAK, **_BOTH_EMAILS),
    page("confirm e-mail, a wrong link", "email_problem", way="confirm_email"),
    page("restore e-mail, a wrong link", "email_problem", way="restore_email"),
    _inside("account: password", "account_password"),
    _inside("account: password, with mistakes", "account_password", WrongPassword(), WEAK),
    _inside("account: your data", "account_data"),
    _inside("account: your data, with mistakes", "account_data", WrongPassword()),
    _inside("account: delete", "account_delete"),
    _inside("account: delete, with mistakes", "account_delete", WrongPassword()),
    Sample("account: carts", lambda to: to.carts.my_carts(to.visit(inside=True), _CARTS)),
    Sample("account: no carts", lambda to: to.carts.my_carts(to.visit(inside=True), [])),
    Sample("account: a cart", lambda to: to.carts.my_cart(to.visit(inside=True), _CARTS[0])),
)


def _cart(name: str, cart: Any, *, inside: bool = False, **content: Any) -> Sample:
    return Sample(f"cart{name}", lambda to: to.carts.cart(to.visit(inside=inside), cart, **content))


def _wrong_quantity(to: Writers) -> str:
    told = to.pages.errors(to.locale, wrong(FlawKind.NOT_AN_INTEGER, "quantity"))["quantity"]
    mistake = Mistake("mug-stoneware", "many", told)
    return to.carts.cart(to.visit(), a_cart(), mistake=mistake)


SHOPPING = (
    page("shop", "shop", articles=ARTICLES),
    page("shop, logged in", "shop", articles=ARTICLES, inside=True),
    _cart("", a_cart()),
    Sample("cart, with mistakes", _wrong_quantity),
    _cart(", empty", None),
    *(_cart(f": {notice}", a_cart(), notice=notice) for notice in CartNotice),
    Sample("checkout: log in or sign up", lambda to: to.carts.login_step(to.visit(), a_cart())),
    Sample("checkout: guest", lambda to: to.carts.checkout(to.visit(), a_cart(), None)),
    Sample(
        "checkout: customer",
        lambda to: to.carts.checkout(to.visit(inside=True), a_cart(), CUSTOMER),
    ),
)


def _problem(status: int) -> Sample:
    return Sample(f"problem {status}", lambda to: to.pages.problem(to.visit(), status))


PROBLEMS = (
    *(_problem(status) for status in (400, 403, 404, 405, 413, 418, 429, 500, 503)),
    Sample("elsewhere", lambda to: to.pages.elsewhere(to.visit())),
)

DEVELOPERS = (Sample("the API", lambda to: documentation.page(to.pages, SHOP_URL)),)
