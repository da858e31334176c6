"""The login page, logging out, and the files that all pages load."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import AuthenticationFailed
from registration.entrypoints.observability import count
from registration.entrypoints.rendering import look
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.sign_in.app import SignInApp
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import Notice, Target


def add_routes(app: SignInApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/login", _show_login),
        ("POST", "/login", _log_in),
        ("POST", "/logout", _log_out),
        ("GET", "/icon.svg", _icon),
        ("GET", "/brand/<name>", _brand_file),
    ):
        app.route(method, path, answer)
    for path, text in (("/style.css", _style), ("/script.js", _script)):
        app.route("GET", path, text, packed=True)


def _show_login(app: SignInApp) -> Response[str]:
    notice, to = Notice.of(app.query("notice")), Target.of(app.query("to"))
    return app.show("login", notice=notice, email="", to=to)


def _log_in(app: SignInApp) -> Response[str]:
    form = app.browser.form()
    email, target = form.get("email", ""), Target.of(form.get("to"))
    try:
        password = form.get("password", "")
        session, customer = app.sign_in.in_browser(email, password, app.browser.client)
    except AuthenticationFailed as error:
        content = {"notice": None, "email": email, "to": target}
        return app.show("login", error.status, errors=app.errors(error), **content)
    count("SignedIn")
    # The browser's earlier session ends, somebody else's perhaps.
    app.browsing.leave(app.browser.session)
    if guest := app.browser.guest:
        app.take_over_cart(customer.reference, guest)
    cookies = app.browser.signed_in(str(session), customer.email)
    return http.see_other((target or Target.ACCOUNT).path, cookies)


def _log_out(app: SignInApp) -> Response[str]:
    app.browser.form()
    app.browsing.leave(app.browser.session)
    return http.see_other(f"/login?notice={Notice.LOGGED_OUT}", app.browser.signed_out())


def _style(_app: SignInApp) -> Response[str]:
    return http.text_answer("text/css", look.stylesheet())


def _script(_app: SignInApp) -> Response[str]:
    return http.text_answer("text/javascript", look.asset("script.js"))


def _icon(_app: SignInApp) -> Response[str]:
    return http.file_answer(look.icon()[1])


def _brand_file(app: SignInApp, name: str) -> Response[str]:
    if name == "tokens.css":
        return http.asset_answer("text/css; charset=utf-8", look.tokens())
    if file := brand().assets.get(name):
        return http.file_answer(file)
    return http.page(app.problem_page(404), 404)
