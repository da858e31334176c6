"""The page of the link that withdraws a consent, and the one click of mail programs.

The token proves enough, so that it works without a session, a cookie or a CSRF token. GET changes
nothing, as mail scanners follow links; every POST withdraws, whatever its body
(RFC 8058, 3.2: ``List-Unsubscribe=One-Click``), and is answered without a redirect (3.1).
"""

from aws_lambda_powertools.event_handler import Response

from registration.domain.customers import Customer, GivenConsent
from registration.domain.errors import LinkWrong
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.times import day

_PATH = "/withdraw-consent"


def add_routes(app: AccountApp) -> None:
    """Answer this path."""
    app.route("GET", _PATH, _ask)
    app.route("POST", _PATH, _withdraw)


def withdrawal_url(app: AccountApp, customer: Customer, name: str) -> str:
    """Return the address that withdraws a consent."""
    return f"{app.own_url}{_PATH}?token={app.links.token(customer.withdrawal_link(name))}"


def _ask(app: AccountApp) -> Response[str]:
    try:
        return _page(app, app.withdraw_consent.look(app.query("token")))
    except LinkWrong as problem:
        return _explain(app, problem)


def _withdraw(app: AccountApp) -> Response[str]:
    try:
        withdrawn = app.withdraw_consent(app.query("token"), app.evidence)
    except LinkWrong as problem:
        return _explain(app, problem)
    count("ConsentWithdrawn")
    return _page(app, withdrawn)


def _page(app: AccountApp, consent: GivenConsent) -> Response[str]:
    since = (consent.withdrawn or consent.given).at.date()
    return app.show(
        "withdraw_consent",
        state="done" if consent.withdrawn else "ask",
        sentence=consent.agreement.text,
        day=day(since, app.browser.locale),
        token=app.query("token"),
    )


def _explain(app: AccountApp, problem: LinkWrong) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    return app.show("withdraw_consent", 410, state="wrong", sentence="", day="", token="")
