"""The checkout up to where a shop's own goes on: a cart, and who it is for."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.carts import Cart
from registration.domain.customers import Customer
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.carts.pages import CART, CartNotice
from registration.entrypoints.web import http

_CHECKOUT = "/checkout"
_AS_GUEST = "/checkout/guest"


def add_routes(app: CartsApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", _CHECKOUT, _ask_who),
        ("GET", _AS_GUEST, _show_as_guest),
        ("POST", _AS_GUEST, _go_on_as_guest),
    ):
        app.route(method, path, answer)


def _ask_who(app: CartsApp) -> Response[str]:
    customer, cart = _standing(app, _CHECKOUT)
    if cart is None:
        return _back_to_cart()
    visit = app.browser.visit()
    if customer is None:
        return app.browser.page(app.pages.login_step(visit, cart))
    return app.browser.page(app.pages.checkout(visit, cart, customer))


def _go_on_as_guest(app: CartsApp) -> Response[str]:
    app.browser.form()
    return http.see_other(_AS_GUEST)


def _show_as_guest(app: CartsApp) -> Response[str]:
    customer, cart = _standing(app, _AS_GUEST)
    if cart is None:
        return _back_to_cart()
    if customer:
        return http.see_other(_CHECKOUT)
    return app.browser.page(app.pages.checkout(app.browser.visit(), cart, None))


def _standing(app: CartsApp, path: str) -> tuple[Customer | None, Cart | None]:
    """Return who is there, and the cart if there is something in it."""
    customer = app.gate.customer_or_guest(path)
    cart = app.cart_of(app.owner(customer))
    return customer, cart if cart and cart.items else None


def _back_to_cart() -> Response[str]:
    return http.see_other(f"{CART}?notice={CartNotice.NOTHING_TO_BUY}")
