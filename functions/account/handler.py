"""What customers do with their own accounts; forgotten passwords, by API and pages."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.access_tokens import JwtAccessTokens
from registration.adapters.accounts import DynamoDBAccounts, DynamoDBBelongings
from registration.adapters.carts import DynamoDBCarts
from registration.adapters.limits import DynamoDBLimits
from registration.adapters.outbox import DynamoDBOutbox
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.adapters.sessions import DynamoDBSessions
from registration.application import limits
from registration.application.account import Account, PasswordChange
from registration.application.reset_password import ForgetPassword, ResetPassword
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    CustomerNotFound,
    Forbidden,
    PasswordNotChanged,
    PasswordsDiffer,
    ReferenceMissing,
    RegistrationError,
    ResetKeyWrong,
    ResourceIdMissing,
    TooManyAttempts,
    WeakPassword,
)
from registration.entrypoints import json_api, web
from registration.entrypoints.browsers import Browser
from registration.entrypoints.identity import Gate
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.page_writing import PageWriter
from registration.entrypoints.pages import NEW_PASSWORD_FIELDS, Notice, Pages
from registration.entrypoints.settings import AccountSettings


@cache
def _settings() -> AccountSettings:
    return AccountSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


@cache
def _pages() -> Pages:
    return Pages(_writer())


@cache
def _accounts() -> DynamoDBAccounts:
    return DynamoDBAccounts(_settings().customers_table, _settings().outbox_table)


@cache
def _gate() -> Gate:
    return Gate(JwtAccessTokens(RotatingKeys(_settings().token_keys_secret)), _accounts())


@cache
def _belongings() -> DynamoDBBelongings:
    table = _settings().customers_table
    outbox = DynamoDBOutbox(_settings().outbox_table)
    return DynamoDBBelongings(DynamoDBSessions(table), DynamoDBCarts(table), outbox)


@cache
def _account() -> Account:
    rules = _settings().password_rules
    return Account(_accounts(), _belongings(), web.utc_now, new_id, rules)


@cache
def _forget_password() -> ForgetPassword:
    accounts, lifetime = _accounts(), _settings().unconfirmed_lifetime
    counters = DynamoDBLimits(_settings().customers_table)
    gate = limits.Gate(counters, _settings().forgotten_passwords)
    return ForgetPassword(accounts, accounts, web.utc_now, new_id, lifetime, gate)


@cache
def _reset_password() -> ResetPassword:
    links = SecretLinks(RotatingKeys(_settings().link_keys_secret))
    rules = _settings().password_rules
    return ResetPassword(_accounts(), _belongings(), links, web.utc_now, new_id, rules)


app = web.new_app(_writer)
browser = Browser(app, _writer)


@app.get("/customers")
def list_oneself() -> Response[str]:
    """Return the customers that a customer may see: oneself."""
    found = _resource(_gate().customer(app))
    link = f"{web.own_url(app, _settings().public_url)}/customers"
    return json_api.answer(200, {"data": [found["data"]], "links": {"self": link}})


@app.get("/customers/<reference>")
def read(reference: str) -> Response[str]:
    """Return a customer: oneself, or nobody."""
    customer = _gate().customer(app)
    if customer.reference != reference:
        raise CustomerNotFound
    return json_api.answer(200, _resource(customer))


@app.patch("/customers/<reference>")
def change(reference: str) -> Response[str]:
    """Change one's profile."""
    customer = _oneself(reference)
    given = json_api.attributes(web.body_of(app), "customers")
    return json_api.answer(200, _resource(_account().change_profile(customer, given)))


@app.delete("/customers/<reference>")
def anonymise(reference: str) -> Response[str]:
    """Leave: everything personal is removed."""
    _account().anonymise(_oneself(reference))
    count("Anonymised")
    return json_api.answer(204)


@app.patch("/customer-password/<reference>")
def change_password(reference: str) -> Response[str]:
    """Change one's password, knowing the current one."""
    customer = _oneself(reference)
    given = json_api.attributes(web.body_of(app), "customer-password")
    texts = json_api.required_texts(given, "password", "new_password", "confirm_password")
    _account().change_password(customer, PasswordChange(*texts))
    return json_api.answer(204)


@app.patch("/customers")
@app.delete("/customers")
@app.patch("/customer-password")
def no_reference() -> Response[str]:
    """Say that the path names no customer."""
    _gate().customer(app)
    raise ReferenceMissing


@app.post("/customer-forgotten-password")
def forget_password() -> Response[str]:
    """Send a link to a new password; the answer is the same for every address."""
    given = json_api.attributes(web.body_of(app), "customer-forgotten-password")
    _send_link(web.email_of(given))
    return json_api.answer(204)


@app.patch("/customer-restore-password/<key>")
def restore_password(key: str) -> Response[str]:
    """Set a new password with the key of the mail. What the path names does not count."""
    del key
    given = json_api.attributes(web.body_of(app), "customer-restore-password")
    texts = json_api.required_texts(given, "restore_password_key", "password", "confirm_password")
    _reset_password()(*texts)
    return json_api.answer(204)


@app.patch("/customer-restore-password")
def no_key() -> Response[str]:
    """Say that the path is not complete."""
    raise ResourceIdMissing


@app.get("/forgot-password")
def ask_for_email() -> Response[str]:
    """Show the form that asks for a link."""
    return browser.page(_pages().forgot_password(browser.visit()))


@app.post("/forgot-password")
def send_link() -> Response[str]:
    """Send a link to a new password; the page is the same for every address."""
    form = browser.form()
    try:
        _send_link(web.email_of(form))
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors = _writer().errors(browser.locale, error)
        page = _pages().forgot_password(browser.visit(), email=form.get("email", ""), errors=errors)
        return browser.page(page, error.status)
    return web.see_other("/forgot-password/sent")


@app.get("/forgot-password/sent")
def link_sent() -> Response[str]:
    """Say that a mail is on its way, if there is somebody to send it to."""
    return browser.page(_pages().forgot_password_sent(browser.visit()))


@app.get("/restore-password")
def ask_for_password() -> Response[str]:
    """Show the form behind the link of the mail."""
    token = app.current_event.query_string_parameters.get("token", "")
    try:
        customer = _reset_password().look(token)
    except (ResetKeyWrong, PasswordNotChanged):
        return browser.page(_pages().restore_problem(browser.visit()), 410)
    page = _pages().restore_password(browser.visit(), token=token, email=customer.email.typed)
    return browser.page(page)


@app.post("/restore-password")
def save_password() -> Response[str]:
    """Set the new password; show the form again with what is wrong."""
    form = browser.form()
    token = form.get("token", "")
    try:
        _reset_password()(token, form.get("new_password", ""), form.get("repeat_password", ""))
    except (ResetKeyWrong, PasswordNotChanged):
        return browser.page(_pages().restore_problem(browser.visit()), 410)
    except (WeakPassword, PasswordsDiffer) as error:
        found = _writer().errors(browser.locale, error)
        errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
        page = _pages().restore_password(browser.visit(), token=token, errors=errors)
        return browser.page(page, error.status)
    return web.see_other(f"/login?notice={Notice.PASSWORD_CHANGED}")


def _send_link(email: EmailAddress) -> None:
    client = web.evidence_of(app, web.utc_now()).address
    if not _forget_password()(email, client):
        count("ForgottenPasswordMuted")


def _oneself(reference: str) -> Customer:
    customer = _gate().customer(app)
    if customer.reference != reference:
        raise Forbidden
    return customer


def _resource(customer: Customer) -> dict[str, Any]:
    link = f"{web.own_url(app, _settings().public_url)}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer)
    return json_api.resource("customers", customer.reference, attributes, link)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
