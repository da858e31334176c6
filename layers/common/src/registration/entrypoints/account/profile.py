"""The pages of one's own account: profile, password, signing out, one's data, leaving."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from registration.application.customers.account import PasswordChange
from registration.domain.customers import Customer
from registration.domain.errors import (
    InvalidFields,
    PasswordsDiffer,
    WeakPassword,
    WrongPassword,
)
from registration.domain.fields.own import Place
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.account.consents import withdrawal_url
from registration.entrypoints.clock import utc_now
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.rendering.personal_data import file_of
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import (
    NEW_PASSWORD_FIELDS,
    Named,
    Notice,
    Target,
    profile_form,
)


class AccountNotice(Named):
    """What the page says above the profile."""

    CONFIRMED = "confirmed"
    SAVED = "saved"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name
    EMAIL_ASKED = "email-asked"
    EMAIL_CHANGED = "email-changed"


def add_routes(app: AccountApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/account", _show),
        ("POST", "/account", _save),
        ("GET", "/account/password", _ask_for_password),
        ("POST", "/account/password", _change_password),
        ("POST", "/account/logout-everywhere", _sign_out_everywhere),
        ("GET", "/account/data", _ask_before_handing_out),
        ("POST", "/account/data", _hand_out),
        ("GET", "/account/delete", _ask_before_deleting),
        ("POST", "/account/delete", _delete),
    ):
        app.route(method, path, answer)


def _show(app: AccountApp) -> Response[str]:
    return profile_page(app, customer_of(app), notice=AccountNotice.of(app.query("notice")))


def _save(app: AccountApp) -> Response[str]:
    form, customer = app.browser.form(), customer_of(app)
    typed = app.fields.at(Place.ACCOUNT).given_in(form, customer.profile)
    try:
        app.account.change_profile(
            customer, typed, Place.ACCOUNT, app.evidence, page_locale=app.browser.locale
        )
    except InvalidFields as error:
        return profile_page(app, customer, error.status, app.errors(error), typed=typed)
    return account(AccountNotice.SAVED)


def _ask_for_password(app: AccountApp) -> Response[str]:
    return app.show("account_password", email=customer_of(app).email.typed)


def _change_password(app: AccountApp) -> Response[str]:
    form, customer = app.browser.form(), customer_of(app)
    typed = (form.get(name, "") for name in ("password", "new_password", "repeat_password"))
    try:
        changed = app.account.change_password(customer, PasswordChange(*typed))
    except (WrongPassword, PasswordsDiffer, WeakPassword) as error:
        names = NOTHING if isinstance(error, WrongPassword) else NEW_PASSWORD_FIELDS
        content = {"email": customer.email.typed, "errors": app.errors(error, names)}
        return app.show("account_password", error.status, **content)
    count("PasswordChanged")
    # All sessions have ended with the old password, this browser's too.
    session = app.open_session(changed, app.browser.client)
    begun = app.browser.signed_in(str(session), customer.email)
    return account(AccountNotice.PASSWORD_CHANGED, begun)


def _sign_out_everywhere(app: AccountApp) -> Response[str]:
    app.browser.form()
    app.account.sign_out_everywhere(customer_of(app))
    notice = Notice.LOGGED_OUT_EVERYWHERE
    return http.see_other(f"/login?notice={notice}", app.browser.signed_out())


def _ask_before_handing_out(app: AccountApp) -> Response[str]:
    return app.show("account_data", email=customer_of(app).email.typed)


def _hand_out(app: AccountApp) -> Response[str]:
    form, customer = app.browser.form(), customer_of(app)
    try:
        app.account.check(customer, form.get("password", ""))
    except WrongPassword as error:
        content = {"email": customer.email.typed, "errors": app.errors(error)}
        return app.show("account_data", error.status, **content)
    count("DataHandedOut")
    return http.json_file("my-data", file_of(app.personal_data(customer)))


def _ask_before_deleting(app: AccountApp) -> Response[str]:
    return app.show("account_delete", email=customer_of(app).email.typed)


def _delete(app: AccountApp) -> Response[str]:
    form, customer = app.browser.form(), customer_of(app)
    try:
        app.account.leave(customer, form.get("password", ""))
    except WrongPassword as error:
        content = {"email": customer.email.typed, "errors": app.errors(error)}
        return app.show("account_delete", error.status, **content)
    count("Anonymised")
    notice = Notice.ACCOUNT_DELETED
    return http.see_other(f"/login?notice={notice}", app.browser.signed_out())


def profile_page(
    app: AccountApp,
    customer: Customer,
    status: int = 200,
    errors: Mapping[str, str] = NOTHING,
    *,
    typed: Mapping[str, str] = NOTHING,
    notice: AccountNotice | None = None,
) -> Response[str]:
    """Return the profile, with the address that waits and the field for its code.

    Consents that the shop asks no more are beside it, each with the link that withdraws it.
    """
    shown = profile_form(app.browser.locale, customer, typed)
    asked = app.fields.at(Place.ACCOUNT).consents
    former = [
        (each.agreement.text, withdrawal_url(app, customer, each.agreement.name))
        for each in customer.active_consents
        if each.agreement.name not in asked
    ]
    new_email = customer.waiting_email(utc_now())
    more = {"errors": errors, "notice": notice, "new_email": new_email, "former": former}
    return app.show("account", status, **more, **shown)


def customer_of(app: AccountApp) -> Customer:
    """Return the customer who is logged in, or lead to the login."""
    return app.gate.customer(Target.ACCOUNT)


def account(notice: AccountNotice, cookies: list[Cookie] | None = None) -> Response[str]:
    """Lead to the profile, which says what was done."""
    return http.see_other(f"/account?notice={notice}", cookies)
