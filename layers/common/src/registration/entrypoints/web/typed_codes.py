"""What the pages share on which the code of a mail is typed."""

import math
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    CodeWrong,
    InvalidFields,
    LinkExpired,
    RegistrationError,
    TooManyAttempts,
    TooManyCodes,
)
from registration.entrypoints.observability import count
from registration.entrypoints.web.app import WebApp

CODE_ERRORS = (CodeWrong, InvalidFields, LinkExpired, TooManyAttempts)
"""What stands beside the field."""


def refused(
    app: WebApp[Any],
    error: RegistrationError,
    show: Callable[[int, dict[str, str]], Response[str]],
) -> Response[str]:
    """Return the page on which a code was typed, with what is wrong about the code."""
    count(f"Code{type(error).__name__}")
    return waiting_time(error, show(error.status, _texts(app, error)))


def waiting_time(error: RegistrationError, shown: Response[str]) -> Response[str]:
    """Return a page with the seconds after which to try again, if there are any."""
    if isinstance(error, TooManyAttempts):
        shown.headers["Retry-After"] = str(error.retry_after)
    return shown


def minutes_to_wait(error: TooManyAttempts) -> int:
    """Return the minutes after which to try again."""
    return math.ceil(error.retry_after / 60)


def _texts(app: WebApp[Any], error: RegistrationError) -> dict[str, str]:
    locale, say = app.browser.locale, app.writer.say
    if isinstance(error, LinkExpired):
        return {"code": say(locale, "code.expired")}
    if isinstance(error, TooManyAttempts) and not isinstance(error, TooManyCodes):
        return {"code": say(locale, "code.wait_for", minutes=minutes_to_wait(error))}
    return app.errors(error)
