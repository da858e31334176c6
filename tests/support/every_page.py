"""Every page in every state, and the elements of a page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from typing import Any

from registration.application.carts import CartView
from registration.application.customers.pending_sign_ups import SignUpState
from registration.domain.carts import Cart, Details
from registration.domain.customers import Customer, LinkedEmail
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    LinkExpired,
    LinkRefused,
    LinkReplaced,
    LinkWrong,
)
from registration.entrypoints.account.profile import AccountNotice
from registration.entrypoints.carts.catalogue import ARTICLES
from registration.entrypoints.carts.pages import CartNotice, CartPages, Mistake
from registration.entrypoints.rendering.page_writing import NOTHING, PageWriter, Visit
from registration.entrypoints.rendering.texts import nearest_key
from registration.entrypoints.web.pages import Notice, profile_form, sign_up_form
from tests.support.factories import NOW, a_verified_customer
from tests.support.people.carts import a_cart

WRITER = PageWriter("Hawthorn & Finch", "en_US")
CARTS = CartPages(WRITER)
ADA = a_verified_customer()
WAITING = LinkedEmail(EmailAddress("ada@example.org"), "token-0000000002", NOW)
VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "path", "circle"}
SOME_ERRORS = {"": "general", "email": "wrong email", "password": "wrong password"}
CONFIRM_ERRORS = {"password": "wrong", "new_password": "too short", "repeat_password": "other"}
CONFIRM_ERRORS |= {"review_accepted_terms": "not accepted", "first_name": "no name"}

Render = Callable[[str], str]


def visit(locale: str) -> Visit:
    """Return the visit of a visitor who is not logged in."""
    return Visit(locale, "form-token")


def inside(locale: str) -> Visit:
    """Return the visit of a logged-in customer."""
    return Visit(locale, "form-token", signed_in=True)


def a_full_cart(**overrides: Any) -> Cart:
    """Return a cart with every article of the demo shop, and an unknown one."""
    items = {article.sku: n for n, article in enumerate(ARTICLES, start=1)}
    return a_cart(**{"items": {**items, "of no shop of ours": 1}, **overrides})


def shown_with(page: Callable[..., str], locale: str, **given: Any) -> str:
    """Return a page for a visitor who is not logged in."""
    return page(visit(locale), **given)


def shown_inside(page: Callable[..., str], locale: str, **given: Any) -> str:
    """Return a page for a logged-in customer."""
    return page(inside(locale), **given)


def register_page(
    visit: Visit, values: Mapping[str, str] = NOTHING, errors: Mapping[str, str] = NOTHING
) -> str:
    """Return the form to sign up with."""
    return WRITER.page("register", visit, errors=errors, **sign_up_form(visit.locale, values))


def login_page(
    visit: Visit,
    notice: Notice | None = None,
    email: str = "",
    errors: Mapping[str, str] = NOTHING,
) -> str:
    """Return the form to log in with."""
    return WRITER.page("login", visit, notice=notice, email=email, to=None, errors=errors)


def almost_there_page(
    visit: Visit,
    email: str = "ada@example.com",
    state: SignUpState = SignUpState.WAITING,
    errors: Mapping[str, str] = NOTHING,
    **content: Any,
) -> str:
    """Return the page that waits in the browser that signed up."""
    shown = {"sent": "", "looked": "", "from_checkout": False, "seconds": 86400, **content}
    return WRITER.page("almost_there", visit, email=email, state=state, errors=errors, **shown)


def confirm_page(
    visit: Visit,
    *,
    token: str,
    has_password: bool,
    asks_terms: bool = False,
    customer: Customer = ADA,
    errors: Mapping[str, str] = NOTHING,
) -> str:
    """Return the page of a link opened elsewhere than in the browser that signed up."""
    content = {"token": token, "has_password": has_password, "asks_terms": asks_terms}
    form = profile_form(visit.locale, customer, review=True)
    return WRITER.page("confirm", visit, errors=errors, **content, **form)


def link_problem_page(visit: Visit, problem: LinkRefused) -> str:
    """Return the page of a link that confirms nothing."""
    key = nearest_key(visit.locale, "link_problem", problem, ".heading")
    return WRITER.page("link_problem", visit, key=key, email="")


def not_me_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the page for somebody who has not signed up."""
    content = {"token": "to.k-en", "email": "ada@example.com"}
    return WRITER.page("not_me", visit, errors=errors, **content)


def not_me_problem_page(visit: Visit, problem: LinkRefused) -> str:
    """Return the page of a link that removes nothing."""
    key = nearest_key(visit.locale, "not_me_problem", problem, ".heading")
    confirmed = isinstance(problem, AlreadyConfirmed)
    return WRITER.page("not_me_problem", visit, key=key, confirmed=confirmed)


def allow_mails_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the page that ends the quiet of an address."""
    return WRITER.page("allow_mails", visit, token="to.k-en", email="", errors=errors)


def withdraw_page(visit: Visit, state: str) -> str:
    """Return the page that withdraws a consent."""
    sentence = "" if state == "wrong" else "Yes, send me the newsletter"
    content: Any = {"state": state, "sentence": sentence, "day": "March 7", "token": "to.k-en"}
    return WRITER.page("withdraw_consent", visit, **content)


def profile_page(
    visit: Visit,
    customer: Customer,
    notice: AccountNotice | None = None,
    typed: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    new_email: LinkedEmail | None = None,
) -> str:
    """Return the page of a customer's profile."""
    form = profile_form(visit.locale, customer, typed)
    shown: Any = {"notice": notice, "errors": errors, "new_email": new_email, "former": ()}
    return WRITER.page("account", visit, **shown, **form)


def password_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the form to choose another password with."""
    return WRITER.page("account_password", visit, email="ada@example.com", errors=errors)


def email_page(visit: Visit, email: str = "", errors: Mapping[str, str] = NOTHING) -> str:
    """Return the form to ask for another address with."""
    content = {"current": "ada@example.com", "email": email}
    return WRITER.page("account_email", visit, errors=errors, **content)


def confirm_email_page(
    visit: Visit, *, has_password: bool = True, errors: Mapping[str, str] = NOTHING
) -> str:
    """Return the page that the link to a new address opens."""
    content = {"token": "to.k-en", "email": "ada@example.org", "has_password": has_password}
    return WRITER.page("confirm_email", visit, errors=errors, **content)


def restore_email_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the page that the link to a former address opens."""
    content = {"token": "to.k-en", "email": "ada@example.com"}
    return WRITER.page("restore_email", visit, errors=errors, **content)


def data_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the page that hands a customer's data out."""
    return WRITER.page("account_data", visit, email="ada@example.com", errors=errors)


def delete_page(visit: Visit, errors: Mapping[str, str] = NOTHING) -> str:
    """Return the page that asks before an account is deleted."""
    return WRITER.page("account_delete", visit, email="ada@example.com", errors=errors)


EVERY_PAGE: dict[str, Render] = {
    "register": lambda locale: register_page(visit(locale)),
    "register, with errors": lambda locale: register_page(
        visit(locale),
        values={"email": "ada@", "first_name": "Ada"},
        errors=SOME_ERRORS,
    ),
    "almost there": partial(shown_with, almost_there_page),
    "almost there, elsewhere": partial(shown_with, almost_there_page, email=""),
    "almost there, with errors": partial(
        shown_with, almost_there_page, errors={"": "too many", "code": "wrong"}
    ),
    "almost there, a new mail": partial(shown_with, almost_there_page, sent="1"),
    "almost there, not yet": partial(shown_with, almost_there_page, looked="1"),
    "almost there, undelivered": partial(
        shown_with, almost_there_page, state=SignUpState.UNDELIVERED
    ),
    "confirm": lambda locale: confirm_page(visit(locale), token="to.k-en", has_password=True),
    "confirm, with errors": lambda locale: confirm_page(
        visit(locale),
        token="to.k-en",
        has_password=True,
        asks_terms=True,
        errors=CONFIRM_ERRORS,
    ),
    "choose": lambda locale: confirm_page(visit(locale), token="to.k-en", has_password=False),
    "choose, with errors": lambda locale: confirm_page(
        visit(locale),
        token="to.k-en",
        has_password=False,
        errors={"": "no password yet", "new_password": "too short"},
    ),
    "expired": lambda locale: link_problem_page(visit(locale), LinkExpired()),
    "replaced": lambda locale: link_problem_page(visit(locale), LinkReplaced()),
    "wrong": lambda locale: link_problem_page(visit(locale), LinkWrong()),
    "new link": lambda locale: WRITER.page("new_link", visit(locale), email=""),
    "new link, with errors": lambda locale: WRITER.page(
        "new_link", visit(locale), email="ada@", errors={"email": "wrong email"}
    ),
    "new link sent": lambda locale: WRITER.page("new_link_sent", visit(locale)),
    "register, mails allowed": lambda locale: register_page(
        visit(locale), values={"notice": "mails-allowed"}
    ),
    "not me": partial(shown_with, not_me_page),
    "not me, not ticked": partial(shown_with, not_me_page, errors={"not_me": "not ticked"}),
    "not me, done": partial(shown_with, partial(WRITER.page, "not_me_done"), until="March 7, 2026"),
    "not me, taken": partial(shown_with, partial(WRITER.page, "not_me_done"), until=""),
    **{
        f"not me: {problem.__name__}": partial(shown_with, not_me_problem_page, problem=problem())
        for problem in (AlreadyConfirmed, LinkExpired, LinkReplaced, LinkWrong)
    },
    **{
        f"withdraw consent: {state}": partial(shown_with, withdraw_page, state=state)
        for state in ("ask", "done", "wrong")
    },
    "allow mails": partial(shown_with, allow_mails_page),
    "allow mails, refused": partial(shown_with, allow_mails_page, errors={"": "refused"}),
    "forgot password": lambda locale: WRITER.page("forgot_password", visit(locale), email=""),
    "forgot password, with errors": lambda locale: WRITER.page(
        "forgot_password", visit(locale), email="ada@", errors={"email": "wrong email"}
    ),
    "forgot password sent": partial(
        shown_with, partial(WRITER.page, "forgot_password_sent"), email=None
    ),
    "forgot password sent, a wrong code": partial(
        shown_with,
        partial(WRITER.page, "forgot_password_sent"),
        email=ADA.email,
        errors={"code": "wrong code"},
    ),
    "restore password": lambda locale: WRITER.page(
        "restore_password", visit(locale), token="to.k-en", email="ada@example.com"
    ),
    "restore password, with errors": lambda locale: WRITER.page(
        "restore_password", visit(locale), token="to.k-en", email="", errors=CONFIRM_ERRORS
    ),
    "restore problem": lambda locale: WRITER.page("restore_problem", visit(locale)),
    # With the shop's URL it links there, which no other page may do.
    "elsewhere": lambda locale: WRITER.elsewhere(visit(locale)),
    "login": lambda locale: login_page(visit(locale)),
    "login, with errors": lambda locale: login_page(
        visit(locale), email="ada@example.com", errors={"": "no"}
    ),
    **{f"login: {notice}": partial(shown_with, login_page, notice=notice) for notice in Notice},
    "almost there, from the checkout": partial(shown_with, almost_there_page, from_checkout=True),
    "account": lambda locale: profile_page(inside(locale), ADA),
    "account, with errors": lambda locale: profile_page(
        inside(locale),
        ADA,
        typed={"first_name": "A:da", "phone": "0" * 300},
        errors={"first_name": "wrong", "locale": "none", "date_of_birth": "no date"},
    ),
    **{
        f"account: {notice}": partial(shown_inside, profile_page, customer=ADA, notice=notice)
        for notice in AccountNotice
    },
    "account, another address": partial(
        shown_inside, profile_page, customer=ADA, new_email=WAITING
    ),
    "account, a wrong code": partial(
        shown_inside,
        profile_page,
        customer=ADA,
        new_email=replace(WAITING, since=NOW),
        errors={"code": "wrong code"},
    ),
    "account email": partial(shown_inside, email_page),
    "account email, with errors": partial(
        shown_inside, email_page, email="ada@", errors=SOME_ERRORS
    ),
    "confirm email": partial(shown_with, confirm_email_page),
    "confirm email, with errors": partial(shown_with, confirm_email_page, errors=SOME_ERRORS),
    "confirm email, no password": partial(shown_with, confirm_email_page, has_password=False),
    "restore email": partial(shown_with, restore_email_page),
    "restore email, with errors": partial(shown_with, restore_email_page, errors=CONFIRM_ERRORS),
    **{
        f"email problem: {way}": partial(shown_with, partial(WRITER.page, "email_problem"), way=way)
        for way in ("confirm_email", "restore_email")
    },
    "account password": partial(shown_inside, password_page),
    "account password, with errors": partial(shown_inside, password_page, errors=CONFIRM_ERRORS),
    "account data": partial(shown_inside, data_page),
    "account data, with errors": partial(shown_inside, data_page, errors={"password": "wrong"}),
    "account delete": partial(shown_inside, delete_page),
    "account delete, with errors": partial(shown_inside, delete_page, errors={"password": "wrong"}),
    "shop": partial(shown_with, partial(WRITER.page, "shop", articles=ARTICLES)),
    "shop, logged in": partial(shown_inside, partial(WRITER.page, "shop", articles=ARTICLES)),
    "cart": partial(shown_with, CARTS.cart, cart=a_full_cart()),
    "cart, logged in": partial(shown_inside, CARTS.cart, cart=a_full_cart()),
    "cart, with errors": partial(
        shown_with,
        CARTS.cart,
        cart=a_full_cart(),
        mistake=Mistake("mug-stoneware", "many", "no number"),
        summary=[("", "general")],
    ),
    "cart, empty": partial(shown_with, CARTS.cart, cart=None),
    "cart, empty, logged in": partial(shown_inside, CARTS.cart, cart=a_cart(items={})),
    "cart without a shop": partial(
        shown_with, CartPages(WRITER, has_shop=False).cart, cart=a_full_cart()
    ),
    **{
        f"cart: {notice}": partial(shown_with, CARTS.cart, cart=a_full_cart(), notice=notice)
        for notice in CartNotice
    },
    "my carts": partial(
        shown_inside,
        CARTS.my_carts,
        carts=[
            CartView(a_full_cart(details=Details(name="Garden")), is_default=True),
            CartView(a_cart(), is_default=False),
        ],
    ),
    "my carts, none": partial(shown_inside, CARTS.my_carts, carts=[]),
    "my cart": partial(shown_inside, CARTS.my_cart, shown=CartView(a_full_cart(), is_default=True)),
    "my cart, with errors": partial(
        shown_inside,
        CARTS.my_cart,
        shown=CartView(a_full_cart(), is_default=False),
        notice=CartNotice.GONE,
        mistake=Mistake("mug-stoneware", "many", "no number"),
    ),
    "checkout: who": partial(shown_with, CARTS.login_step, cart=a_full_cart()),
    "checkout: guest": partial(shown_with, CARTS.checkout, cart=a_full_cart(), customer=None),
    "checkout: customer": partial(shown_inside, CARTS.checkout, cart=a_full_cart(), customer=ADA),
    "problem 404, logged in": partial(shown_inside, WRITER.problem, status=404),
    **{
        f"problem {status}": partial(shown_with, WRITER.problem, status=status)
        for status in (400, 403, 404, 405, 413, 418, 429, 500, 503)
    },
}


class Outline(HTMLParser):
    """The elements of a page; fails if tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"doubled attribute in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for tag, attributes in self.tags
            if tag in names and attributes.get("name") != "csrf_token"
        ]

    def named(self, name: str) -> dict[str, str | None]:
        (found,) = [attributes for _, attributes in self.tags if attributes.get("name") == name]
        return found

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())
