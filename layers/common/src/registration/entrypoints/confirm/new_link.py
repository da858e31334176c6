"""The pages that send a new link; they answer the same for every address."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import RegistrationError, TooManyAttempts
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.web import http


def add_routes(app: ConfirmApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/confirm/new-link", _show),
        ("POST", "/confirm/new-link", _send),
        ("GET", "/confirm/new-link/sent", _show_sent),
    ):
        app.route(method, path, answer)


def _show(app: ConfirmApp) -> Response[str]:
    return app.show("new_link", email="")


def _send(app: ConfirmApp) -> Response[str]:
    form = app.browser.form()
    try:
        pending = app.browser.sign_up
        app.send_again(http.email_of(form), pending.secret if pending else None)
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        email = form.get("email", "")
        return app.show("new_link", error.status, email=email, errors=app.errors(error))
    return http.see_other("/confirm/new-link/sent")


def _show_sent(app: ConfirmApp) -> Response[str]:
    return app.show("new_link_sent")
