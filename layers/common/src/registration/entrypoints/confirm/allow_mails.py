"""The page of the link that ends the quiet of an address: it asks for the address."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import LinkRefused, RegistrationError
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import count
from registration.entrypoints.web import http


def add_routes(app: ConfirmApp) -> None:
    """Answer this path."""
    app.route("GET", "/allow-mails", _ask)
    app.route("POST", "/allow-mails", _allow)


def _ask(app: ConfirmApp) -> Response[str]:
    return app.show("allow_mails", token=app.query("token"), email="")


def _allow(app: ConfirmApp) -> Response[str]:
    form = app.browser.form()
    token, email = form.get("token", ""), form.get("email", "")
    try:
        app.allow_mails.by_link(token, http.email_of(form))
    except LinkRefused as error:
        # One answer, so that a link and addresses cannot be tried on each other.
        errors = {"": app.writer.say(app.browser.locale, "allow_mails.refused")}
        return app.show("allow_mails", error.status, token=token, email=email, errors=errors)
    except RegistrationError as error:
        errors = app.errors(error)
        return app.show("allow_mails", error.status, token=token, email=email, errors=errors)
    count("MailsAllowed")
    return http.see_other("/register?notice=mails-allowed")
