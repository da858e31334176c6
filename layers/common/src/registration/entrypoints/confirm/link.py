"""The page that a mail's link opens.

GET confirms only in the browser that signed up: mail scanners open links, and some
run scripts and press buttons. Everywhere else a password proves that a person does it.
"""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from registration.domain.customers import Customer, Origin
from registration.domain.errors import (
    AlreadyConfirmed,
    InvalidFields,
    LinkRefused,
    PasswordsDiffer,
    RegistrationError,
    TermsNotAccepted,
    WeakPassword,
    WrongPassword,
)
from registration.domain.fields.own import Place
from registration.domain.sessions import BrowserToken
from registration.entrypoints.clock import utc_now
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import count, note
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.rendering.texts import nearest_key
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice, Target, profile_form

# What the form itself can tell, rather than a page of its own.
_FORM_ERRORS = (InvalidFields, PasswordsDiffer, TermsNotAccepted, WeakPassword, WrongPassword)
# The page has no field for the sign-up's password if none was chosen.
_NO_PASSWORD = {"password": ""}
# Each of the two forms accepts the terms.
_REVIEW_FIELDS = {**NEW_PASSWORD_FIELDS, "accepted_terms": "review_accepted_terms"}


def add_routes(app: ConfirmApp) -> None:
    """Answer this path."""
    for method, answer in (("GET", _follow), ("HEAD", _inspect), ("POST", _submit)):
        app.route(method, "/confirm", answer)


def _follow(app: ConfirmApp) -> Response[str]:
    token = app.query("token")
    try:
        customer = app.confirm.look(token)
        pending = app.browser.sign_up
        if pending and app.confirm.by_browser(customer, pending.secret, app.evidence):
            origin = (customer.sign_up or customer).consent.origin
            return confirmed_here(app, "browser", origin)
    except LinkRefused as problem:
        return _explain(app, problem)
    return _ask(app, token, customer)


def _inspect(_app: ConfirmApp) -> Response[str]:
    """Tell a link checker that there is a page, and do nothing."""
    return http.page("")


def _submit(app: ConfirmApp) -> Response[str]:
    """Confirm with the password of the sign-up, or with a new one; that signs in, too."""
    form = app.browser.form()
    token, way = form.get("token", ""), form.get("way", "password")
    try:
        customer = app.confirm.look(token)
        try:
            session = _prove(app, customer, way, form)
        except _FORM_ERRORS as error:
            return _ask(app, token, customer, error, form)
    except LinkRefused as problem:
        return _explain(app, problem)
    # Somebody may be logged in here who is not this customer.
    app.browsing.leave(app.browser.session)
    cookies = app.browser.signed_in(str(session), customer.email)
    return _confirmed(way, "/account?notice=confirmed", cookies)


def confirmed_here(app: ConfirmApp, way: str, origin: Origin) -> Response[str]:
    """Lead the browser that signed up to the login page, once the address is confirmed."""
    return _confirmed(way, login_after(origin), app.browser.sign_up_over())


def login_after(origin: Origin) -> str:
    """Return the path of the login page that says that the address is confirmed."""
    onwards = f"&to={Target.CHECKOUT}" if origin is Origin.CHECKOUT else ""
    return f"/login?notice={Notice.CONFIRMED}{onwards}"


def _confirmed(way: str, path: str, cookies: list[Cookie]) -> Response[str]:
    count("Confirmed")
    note("way", way)
    return http.see_other(path, cookies)


def _explain(app: ConfirmApp, problem: LinkRefused) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    if isinstance(problem, AlreadyConfirmed):
        return http.see_other(f"/login?notice={Notice.ALREADY_CONFIRMED}")
    key = nearest_key(app.browser.locale, "link_problem", problem, ".heading")
    return app.show("link_problem", 410, key=key, email="")


def _prove(app: ConfirmApp, customer: Customer, way: str, form: dict[str, str]) -> BrowserToken:
    # As the page says it, whatever language the customer gets mails in.
    terms = app.writer.terms(app.settings.terms_version, app.browser.locale)
    if way == "new_password":
        named = {name: form.get(field, "") for name, field in _REVIEW_FIELDS.items()}
        accepted = named["accepted_terms"] == "true"
        given = {**form, **named, "email": customer.email.typed, "accepted_terms": accepted}
        reviewed = app.fields.at(Place.ACCOUNT).read_review(
            given,
            customer.profile if customer.is_entered else None,
            app.browser.locale,
            utc_now().date(),
            app.settings.password_rules,
        )
        return app.confirm.by_new_password(
            customer, reviewed, app.evidence, app.browser.client, accepted=terms
        )
    return app.confirm.by_password(
        customer,
        form.get("password", ""),
        app.evidence,
        app.browser.client,
        accepted=terms if form.get("accepted_terms") == "true" else None,
    )


def _ask(
    app: ConfirmApp,
    token: str,
    customer: Customer,
    error: RegistrationError | None = None,
    typed: Mapping[str, str] = NOTHING,
) -> Response[str]:
    has_password = any(each and each.password_hash for each in (customer, customer.sign_up))
    names = _REVIEW_FIELDS if typed.get("way") == "new_password" else NOTHING
    names = names if names or has_password else _NO_PASSWORD
    newest = customer.sign_up or customer
    reviewed = app.fields.at(Place.ACCOUNT).given_in(typed, customer.profile)
    return app.show(
        "confirm",
        error.status if error else 200,
        token=token,
        has_password=has_password,
        asks_terms=newest.consent.terms_version is None or isinstance(error, TermsNotAccepted),
        errors=app.errors(error, names) if error else NOTHING,
        **profile_form(app.browser.locale, customer, reviewed, review=True),
    )
