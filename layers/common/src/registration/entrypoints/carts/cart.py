"""The pages of carts: the demo shop, the visitor's cart, a customer's carts."""

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
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.carts.catalogue import ARTICLES
from registration.entrypoints.carts.pages import CART, MY_CARTS, CartNotice, Mistake
from registration.entrypoints.observability import count
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import Target


def add_routes(app: CartsApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/", _welcome),
        ("GET", CART, _show),
        ("POST", f"{CART}/items", _add),
        ("POST", f"{CART}/items/change", _change),
        ("GET", MY_CARTS, _list),
        ("GET", f"{MY_CARTS}/<cart_id>", _show_one),
        ("POST", f"{MY_CARTS}/<cart_id>/items/change", _change_one),
    ):
        app.route(method, path, answer)


def _welcome(app: CartsApp) -> Response[str]:
    if not app.settings.demo_shop:
        return http.see_other("/register")
    return app.show("shop", articles=ARTICLES)


def _show(app: CartsApp) -> Response[str]:
    cart = app.cart_of(app.owner(app.gate.customer_or_guest(CART)))
    return app.browser.page(app.pages.cart(app.browser.visit(), cart, _notice(app)))


def _add(app: CartsApp) -> Response[str]:
    form, owner = app.browser.form(), _sender(app)
    try:
        item = forms.item_in(form)
        if isinstance(owner, SignedIn):
            app.shopping.fill_own(owner, item)
        else:
            app.shopping.fill(owner, item, app.client)
            count("GuestCartFilled")
    except InvalidFields as error:
        visit = app.browser.visit()
        told = [("", text) for text in app.writer.errors(visit.locale, error).values()]
        page = app.pages.cart(visit, app.cart_of(owner), summary=told)
        return app.browser.page(page, error.status)
    return _back(app, CART, CartNotice.ADDED)


def _change(app: CartsApp) -> Response[str]:
    form, owner = app.browser.form(), _sender(app)

    def anew(mistake: Mistake) -> str:
        return app.pages.cart(app.browser.visit(), app.cart_of(owner), mistake=mistake)

    try:
        return _changed(app, form, owner, form.get("cart", ""), CART, anew)
    except (CartNotFound, CartForbidden):
        # It expired, or became a new customer's, while the page was open.
        return _back(app, CART, CartNotice.GONE)


def _list(app: CartsApp) -> Response[str]:
    carts = app.shopping.all_of(app.customers(app.gate.customer(Target.CARTS)))
    return app.browser.page(app.pages.my_carts(app.browser.visit(), carts))


def _show_one(app: CartsApp, cart_id: str) -> Response[str]:
    shown = _mine(app, cart_id)
    return app.browser.page(app.pages.my_cart(app.browser.visit(), shown, _notice(app)))


def _change_one(app: CartsApp, cart_id: str) -> Response[str]:
    form, shown = app.browser.form(), _mine(app, cart_id)

    def anew(mistake: Mistake) -> str:
        return app.pages.my_cart(app.browser.visit(), shown, mistake=mistake)

    return _changed(app, form, shown.cart.owner, cart_id, f"{MY_CARTS}/{cart_id}", anew)


def _changed(
    app: CartsApp,
    form: dict[str, str],
    owner: CartOwner,
    cart_id: str,
    here: str,
    anew: Callable[[Mistake], str],
) -> Response[str]:
    """Change a cart as a form says, and lead back; show its page anew with what is wrong."""
    try:
        change = forms.change_in(form)
        app.shopping.change(owner, cart_id, change)
    except CartItemNotFound:
        return _back(app, here, CartNotice.GONE)
    except InvalidFields as error:
        told = " ".join(app.writer.errors(app.browser.locale, error).values())
        mistake = Mistake(form.get("sku", ""), form.get("quantity", ""), told)
        return app.browser.page(anew(mistake), error.status)
    removed = isinstance(change, RemoveItem)
    return _back(app, here, CartNotice.REMOVED if removed else CartNotice.CHANGED)


def _sender(app: CartsApp) -> CartOwner:
    # A session may have ended since the page was opened: the visitor goes on as a guest.
    owner = app.owner(app.gate.known())
    assert owner, "a form comes from a known visitor"  # noqa: S101
    return owner


def _mine(app: CartsApp, cart_id: str) -> CartView:
    customer = app.gate.customer(Target.CARTS)
    return app.shopping.one_of(SignedIn(customer.reference), cart_id)


def _notice(app: CartsApp) -> CartNotice | None:
    return CartNotice.of(app.event.query_string_parameters.get("notice"))


def _back(app: CartsApp, path: str, notice: CartNotice) -> Response[str]:
    # The browser is remembered for as long as its cart is kept.
    kept = app.browser.remembered(app.settings.guest_cart_days)
    return http.see_other(f"{path}?notice={notice}", kept)
