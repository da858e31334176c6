"""The pages of carts: the demo shop, the cart of whoever is there, a customer's carts."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response

from registration.application.carts import CartView
from registration.domain.carts import CartOwner, RemoveItem, SignedIn
from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    InvalidFields,
)
from registration.entrypoints.carts import forms
from registration.entrypoints.carts.desk import Desk
from registration.entrypoints.carts.pages import CART, MY_CARTS, CartNotice, Mistake
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web
from registration.entrypoints.web.pages import Target


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", "/", _welcome),
        ("GET", CART, _show),
        ("POST", f"{CART}/items", _add),
        ("POST", f"{CART}/items/change", _change),
        ("GET", MY_CARTS, _list),
        ("GET", f"{MY_CARTS}/<cart_id>", _show_one),
        ("POST", f"{MY_CARTS}/<cart_id>/items/change", _change_one),
    ):
        desk.answer(method, path, answer)


def _welcome(desk: Desk) -> Response[str]:
    if not desk.settings.demo_shop:
        return web.see_other("/register")
    return desk.browser.page(desk.pages.shop(desk.browser.visit()))


def _show(desk: Desk) -> Response[str]:
    cart = desk.cart_of(desk.owner(desk.gate.customer_or_guest(CART)))
    return desk.browser.page(desk.pages.cart(desk.browser.visit(), cart, _notice(desk)))


def _add(desk: Desk) -> Response[str]:
    form, owner = desk.browser.form(), _sender(desk)
    try:
        item = forms.item_in(form)
        if isinstance(owner, SignedIn):
            desk.shopping.fill_own(owner, item)
        else:
            desk.shopping.fill(owner, item, desk.client)
            count("GuestCartFilled")
    except InvalidFields as error:
        visit = desk.browser.visit()
        told = [("", text) for text in desk.writer.errors(visit.locale, error).values()]
        page = desk.pages.cart(visit, desk.cart_of(owner), summary=told)
        return desk.browser.page(page, error.status)
    return _back(desk, CART, CartNotice.ADDED)


def _change(desk: Desk) -> Response[str]:
    form, owner = desk.browser.form(), _sender(desk)

    def anew(mistake: Mistake) -> str:
        return desk.pages.cart(desk.browser.visit(), desk.cart_of(owner), mistake=mistake)

    try:
        return _changed(desk, form, owner, form.get("cart", ""), CART, anew)
    except (CartNotFound, CartForbidden):
        # It ran out, or went to whoever signed up with it, while the page was open.
        return _back(desk, CART, CartNotice.GONE)


def _list(desk: Desk) -> Response[str]:
    carts = desk.shopping.all_of(desk.customers(desk.gate.customer(Target.CARTS)))
    return desk.browser.page(desk.pages.my_carts(desk.browser.visit(), carts))


def _show_one(desk: Desk, cart_id: str) -> Response[str]:
    shown = _mine(desk, cart_id)
    return desk.browser.page(desk.pages.my_cart(desk.browser.visit(), shown, _notice(desk)))


def _change_one(desk: Desk, cart_id: str) -> Response[str]:
    form, shown = desk.browser.form(), _mine(desk, cart_id)

    def anew(mistake: Mistake) -> str:
        return desk.pages.my_cart(desk.browser.visit(), shown, mistake=mistake)

    return _changed(desk, form, shown.cart.owner, cart_id, f"{MY_CARTS}/{cart_id}", anew)


def _changed(
    desk: Desk,
    form: dict[str, str],
    owner: CartOwner,
    cart_id: str,
    here: str,
    anew: Callable[[Mistake], str],
) -> Response[str]:
    """Change a cart as a form says, and lead back; show its page anew with what is wrong."""
    try:
        change = forms.change_in(form)
        desk.shopping.change(owner, cart_id, change)
    except CartItemNotFound:
        return _back(desk, here, CartNotice.GONE)
    except InvalidFields as error:
        told = " ".join(desk.writer.errors(desk.browser.locale, error).values())
        mistake = Mistake(form.get("sku", ""), form.get("quantity", ""), told)
        return desk.browser.page(anew(mistake), error.status)
    removed = isinstance(change, RemoveItem)
    return _back(desk, here, CartNotice.REMOVED if removed else CartNotice.CHANGED)


def _sender(desk: Desk) -> CartOwner:
    # Whoever's session has ended since the page was opened goes on as a guest.
    owner = desk.owner(desk.gate.known())
    assert owner, "a form comes from a known visitor"  # noqa: S101
    return owner


def _mine(desk: Desk, cart_id: str) -> CartView:
    customer = desk.gate.customer(Target.CARTS)
    return desk.shopping.one_of(SignedIn(customer.reference), cart_id)


def _notice(desk: Desk) -> CartNotice | None:
    return CartNotice.of(desk.app.current_event.query_string_parameters.get("notice"))


def _back(desk: Desk, path: str, notice: CartNotice) -> Response[str]:
    # The browser is remembered for as long as its cart is kept.
    kept = desk.browser.remembered(desk.settings.guest_cart_days)
    return web.see_other(f"{path}?notice={notice}", kept)
