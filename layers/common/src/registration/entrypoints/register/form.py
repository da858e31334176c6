"""Signing up by the form, from the shop or from the checkout."""

from aws_lambda_powertools.event_handler import Response

from registration.adapters.dynamodb.transient import is_transient
from registration.domain.customers import Origin
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, RegistrationError, TooManyAttempts
from registration.domain.fields.own import Place
from registration.domain.typos import likely_meant
from registration.entrypoints.clock import utc_now
from registration.entrypoints.failures import place_of
from registration.entrypoints.observability import count, logger
from registration.entrypoints.register.app import RegisterApp
from registration.entrypoints.web import http
from registration.entrypoints.web.awaited_mail import AwaitedMail
from registration.entrypoints.web.pages import sign_up_form


def add_routes(app: RegisterApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/register", _show),
        ("POST", "/register", _submit),
    ):
        app.route(method, path, answer)


def _show(app: RegisterApp) -> Response[str]:
    pending = app.browser.sign_up
    again = {**pending.form, "again": "1"} if pending and app.query("again") else {}
    typed = again or {"from": app.query("from")}
    told = {**typed, "notice": app.query("notice")}
    if app.query("suggested"):
        email = told.get("email", "")
        told["email"] = likely_meant(email) or email
    return app.show("register", **sign_up_form(app.browser.locale, told))


def _submit(app: RegisterApp) -> Response[str]:
    locale, entered = app.browser.locale, app.browser.form()
    given = {**entered, "locale": locale, "accepted_terms": entered.get("accepted_terms") == "true"}
    origin = Origin.CHECKOUT if entered.get("from") == Origin.CHECKOUT else Origin.FORM
    earlier, pending = app.browser.sign_up, AwaitedMail.of(entered)
    try:
        sign_up = app.fields.at(Place.FORM).read_sign_up(
            given, utc_now().date(), app.settings.password_rules
        )
        app.register(sign_up, app.visitor(origin, app.browser.guest, pending.secret, earlier))
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        form = sign_up_form(locale, entered)
        return app.show("register", error.status, errors=app.errors(error), **form)
    count("SignedUp")
    if earlier and entered.get("again"):
        _give_up(app, earlier, sign_up.email)
    from_checkout = f"?from={origin}" if origin is Origin.CHECKOUT else ""
    cookies = app.browser.signed_up(pending, app.settings.link_lifetime)
    return http.see_other(f"/register/almost-there{from_checkout}", cookies)


def _give_up(app: RegisterApp, earlier: AwaitedMail, email: EmailAddress) -> None:
    """Give the sign-up before up, whose address was another one."""
    mistyped = earlier.email
    if mistyped is None or mistyped.normalised == email.normalised:
        return
    try:
        app.abandon(mistyped, earlier.secret)
    except Exception as error:
        if not isinstance(error, Busy) and not is_transient(error):
            raise
        logger.warning("a sign-up was not given up", extra=place_of(error))
