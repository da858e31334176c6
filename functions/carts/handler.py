"""Keeps the carts of guests and of customers.

A guest is whoever sends an anonymous id, a customer whoever sends a bearer token; the
paths of both lead to the same use cases.
"""

from functools import cache
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.access_tokens import JwtAccessTokens
from registration.adapters.carts import DynamoDBCarts
from registration.adapters.customers import DynamoDBCustomers
from registration.adapters.limits import DynamoDBLimits
from registration.adapters.secrets import RotatingKeys
from registration.application import limits
from registration.application.carts import Shopping, Shown
from registration.domain.carts import (
    Guest,
    Owner,
    RemoveItem,
    SignedIn,
    read_details,
    read_item,
    read_quantity,
    read_sku,
)
from registration.domain.errors import ResourceIdMissing
from registration.entrypoints import cart_documents, identity, json_api, web
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.page_writing import PageWriter
from registration.entrypoints.settings import CartsSettings


@cache
def _settings() -> CartsSettings:
    return CartsSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


@cache
def _gate() -> identity.Gate:
    tokens = JwtAccessTokens(RotatingKeys(_settings().token_keys_secret))
    return identity.Gate(
        tokens, DynamoDBCustomers(_settings().customers_table, _settings().outbox_table)
    )


@cache
def _shopping() -> Shopping:
    table = _settings().customers_table
    gate = limits.Gate(DynamoDBLimits(table), _settings().guest_carts)
    return Shopping(DynamoDBCarts(table), web.utc_now, new_id, _settings().guest_lifetime, gate)


app = web.new_app(_writer)


@app.get("/")
def home() -> Response[str]:
    """Lead to the form."""
    return web.see_other("/register")


@app.post("/guest-cart-items")
def fill() -> Response[str]:
    """Put something into the guest's cart, and make that if there is none."""
    guest = _guest()
    item = read_item(_given("guest-cart-items"))
    client = web.evidence_of(app, web.utc_now()).address
    count("GuestCartFilled")
    return _told(_shopping().fill(guest, item, client), 201)


@app.get("/guest-carts")
@app.get("/carts")
def read_all() -> Response[str]:
    """Return all one's carts."""
    owner = _owner()
    found = _shopping().all_of(owner)
    return json_api.answer(200, cart_documents.collection(found, owner, _own_url()))


@app.post("/carts")
def open_cart() -> Response[str]:
    """Open a cart."""
    customer = _customer()
    return _told(_shopping().open(customer, read_details(_given("carts"))), 201)


@app.get("/guest-carts/<cart_id>")
@app.get("/carts/<cart_id>")
def read(cart_id: str) -> Response[str]:
    """Return one of one's carts."""
    return _told(_shopping().one_of(_owner(), cart_id))


@app.patch("/guest-carts/<cart_id>")
@app.patch("/carts/<cart_id>")
def describe(cart_id: str) -> Response[str]:
    """Change the details of a cart."""
    owner = _owner()
    details = read_details(_given(cart_documents.kind_of(owner)))
    return _told(_shopping().change(owner, cart_id, details))


@app.delete("/carts/<cart_id>")
def discard(cart_id: str) -> Response[str]:
    """Remove a cart."""
    _shopping().discard(_customer(), cart_id)
    return json_api.answer(204)


@app.post("/guest-carts/<cart_id>/guest-cart-items")
@app.post("/carts/<cart_id>/items")
def add(cart_id: str) -> Response[str]:
    """Put something into a cart."""
    owner = _owner()
    item = read_item(_given(_items_of(owner)))
    return _told(_shopping().change(owner, cart_id, item), 201)


@app.patch("/guest-carts/<cart_id>/guest-cart-items/.+")
@app.patch("/carts/<cart_id>/items/.+")
def set_quantity(cart_id: str) -> Response[str]:
    """Change how much of something a cart holds."""
    owner = _owner()
    change = read_quantity(_sku(), _given(_items_of(owner)))
    return _told(_shopping().change(owner, cart_id, change))


@app.delete("/guest-carts/<cart_id>/guest-cart-items/.+")
@app.delete("/carts/<cart_id>/items/.+")
def remove(cart_id: str) -> Response[str]:
    """Take something out of a cart."""
    _shopping().change(_owner(), cart_id, RemoveItem(read_sku(_sku())))
    return json_api.answer(204)


@app.route("/guest-carts", ["PATCH"])
@app.route("/carts", ["PATCH", "DELETE"])
@app.route("/guest-carts/.+/guest-cart-items", ["PATCH", "DELETE"])
@app.route("/carts/.+/items", ["PATCH", "DELETE"])
def name_none() -> Response[str]:
    """Refuse to change a cart or an item that is not named."""
    _owner()
    raise ResourceIdMissing


def _owner() -> Owner:
    return _guest() if app.current_event.path.startswith("/guest-") else _customer()


def _guest() -> Guest:
    return Guest.of(identity.required_guest_id(app))


def _customer() -> SignedIn:
    return SignedIn(_gate().customer(app).reference)


def _items_of(owner: Owner) -> str:
    return "guest-cart-items" if isinstance(owner, Guest) else "items"


def _given(kind: str) -> dict[str, object]:
    return json_api.attributes(web.body_of(app), kind)


def _sku() -> str:
    # API Gateway has decoded the path but for the sign that escapes begin with. No SKU
    # ends with a slash.
    return unquote(app.current_event.path.partition("items/")[2]).rstrip("/")


def _own_url() -> str:
    return web.own_url(app, _settings().public_url)


def _told(shown: Shown, status: int = 200) -> Response[str]:
    return json_api.answer(status, cart_documents.cart_document(shown, _own_url()))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
