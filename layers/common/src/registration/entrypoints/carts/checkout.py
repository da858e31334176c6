"""The checkout up to where a shop's own goes on: a cart, and who it is for."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.carts import Cart
from registration.domain.customers import Customer
from registration.entrypoints.carts.desk import Desk
from registration.entrypoints.carts.pages import CART, CartNotice
from registration.entrypoints.web import app as web

_CHECKOUT = "/checkout"
_AS_GUEST = "/checkout/guest"


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", _CHECKOUT, _ask_who),
        ("GET", _AS_GUEST, _show_as_guest),
        ("POST", _AS_GUEST, _go_on_as_guest),
    ):
        desk.answer(method, path, answer)


def _ask_who(desk: Desk) -> Response[str]:
    customer, cart = _standing(desk, _CHECKOUT)
    if cart is None:
        return _back_to_cart()
    visit = desk.browser.visit()
    if customer is None:
        return desk.browser.page(desk.pages.login_step(visit, cart))
    return desk.browser.page(desk.pages.checkout(visit, cart, customer))


def _go_on_as_guest(desk: Desk) -> Response[str]:
    desk.browser.form()
    return web.see_other(_AS_GUEST)


def _show_as_guest(desk: Desk) -> Response[str]:
    customer, cart = _standing(desk, _AS_GUEST)
    if cart is None:
        return _back_to_cart()
    if customer:
        return web.see_other(_CHECKOUT)
    return desk.browser.page(desk.pages.checkout(desk.browser.visit(), cart, None))


def _standing(desk: Desk, path: str) -> tuple[Customer | None, Cart | None]:
    """Return who is there, and the cart if there is something in it."""
    customer = desk.gate.customer_or_guest(path)
    cart = desk.cart_of(desk.owner(customer))
    return customer, cart if cart and cart.items else None


def _back_to_cart() -> Response[str]:
    return web.see_other(f"{CART}?notice={CartNotice.NOTHING_TO_BUY}")
