"""Every route and page with every other identity: nobody reaches another's account or cart."""

import json
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.sessions import session_item
from registration.adapters.secrets import RotatingKeys
from registration.domain.sessions import RefreshToken, Session
from registration.entrypoints.clock import utc_now
from registration.entrypoints.web.routes import Route, routes
from tests.support.cloud import SESSION, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.carts import OPENED, document
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document

Headers = dict[str, str]
GUEST = "x-anonymous-customer-unique-id"
API = [route for route in routes() if not route.is_page]
# Requests that end a session come last, so that the others still have it.
ENDINGS = ["/account/password", "/account/logout-everywhere", "/account/delete", "/logout"]
OWN_PAGES = sorted(
    (
        route
        for route in routes()
        if route.is_page and route.path.startswith(("/account", "/cart", "/checkout", "/logout"))
    ),
    key=lambda route: (
        route.method == "POST",
        ENDINGS.index(route.path) if route.path in ENDINGS else -1,
    ),
)
# How the profile and the file of one's data show an address that waits to be proven.
ASKED_FOR = '<strong class="mine">sonia@example.com</strong>'
ASKED_FOR_IN_FILE = '"waiting": {\n      "email": "sonia@example.com"'


class Sonia:
    """The customer whose data the others try to reach."""

    def __init__(self, cloud: Cloud) -> None:
        self.reference = confirmed(cloud)
        self.answer = sign_in(cloud)
        token = bearer(self.answer)
        opened = document("carts", **OPENED, name="Sonia's")
        made = cloud.post_json("/carts", opened, headers=token)
        self.cart = made.json["data"]["id"]
        item = {"data": {"type": "items", "attributes": {"sku": "tea-1", "quantity": 2}}}
        assert cloud.post_json(f"/carts/{self.cart}/items", item, headers=token).status == 201

    def path(self, route: Route) -> str:
        """Return a route's path with Sonia's ids."""
        refresh = self.answer.json["data"]["attributes"]["refreshToken"]
        values = {"{reference}": self.reference, "{id}": self.cart, "{sku+}": "tea-1"}
        values |= {"{token}": refresh, "{key}": "any"}
        path = route.path
        for name, value in values.items():
            path = path.replace(name, value)
        return path


def token_for(cloud: Cloud, reference: str) -> Headers:
    """Return a genuine token of any customer, with a session that is there."""
    session = session_item(Session.begin(RefreshToken.new(reference, "any"), 0, utc_now()))
    clients.dynamodb().put_item(TableName=cloud.customers_table, Item=session)
    tokens = JwtAccessTokens(RotatingKeys(cloud.stack.names["TokenKeys"]))
    return {"authorization": f"Bearer {tokens.issue(reference, 'any', 'id', utc_now())}"}


def identity(cloud: Cloud, who: str) -> Headers:
    """Return the headers of another identity."""
    email = "mallory@example.com"
    if who == "nobody":
        return {}
    if who == "guest":
        return {GUEST: "mallory-as-guest"}
    if who == "unverified":
        created = cloud.post_json("/customers", customer_document(email=email))
        return token_for(cloud, created.json["data"]["id"])
    if who == "staff":
        return token_for(cloud, "STAFF--mallory")
    reference = confirmed(cloud, email=email, firstName="Mal", lastName="Lory")
    token = bearer(sign_in(cloud, email))
    if who == "anonymised":
        assert cloud.request("DELETE", f"/customers/{reference}", headers=token).status == 204
    return token


def hers(cloud: Cloud, sonia: Sonia) -> list[Any]:
    """Return all of Sonia's items in the database."""
    items = cloud.state()[cloud.customers_table]
    return [item for item in items if sonia.reference in str(item) or sonia.cart in str(item)]


@pytest.mark.parametrize(
    "who", ["nobody", "guest", "other customer", "unverified", "anonymised", "staff"]
)
def test_nobody_reaches_another_customers_data_on_any_route(cloud: Cloud, who: str) -> None:
    sonia = Sonia(cloud)
    headers = identity(cloud, who)
    cloud.drain()
    before = hers(cloud, sonia)
    attributes = {
        "firstName": "Mallory",
        "sku": "tea-1",
        "quantity": 9,
        "name": "Mallory's",
        "password": PASSWORD,
        "newPassword": "gentle harbour lantern",
        "confirmPassword": "gentle harbour lantern",
        "refreshToken": "x",
        "registrationKey": "x",
        "restorePasswordKey": "x",
    }

    for route in API:
        kind = route.path.strip("/").split("/")[-1 if "items" in route.path else 0]
        kind = {"{sku+}": route.path.split("/")[-2]}.get(kind, kind)
        body = json.dumps({"data": {"type": kind, "attributes": attributes}})
        content = {"content-type": "application/json"} if route.method != "GET" else {}
        answer = cloud.request(
            route.method,
            sonia.path(route),
            body=body if route.method in {"POST", "PATCH"} else None,
            headers={**content, **headers},
        )
        assert answer.status < 500, route
        for personal in ("sonia@example.com", "Torres", "Sonia's"):
            assert personal not in answer.body, route
        if "{id}" in route.path or "{reference}" in route.path:
            assert answer.status >= 400, (route, answer)

    assert hers(cloud, sonia) == before
    assert cloud.request("GET", "/customers", headers=bearer(sonia.answer)).status == 200


def test_the_walk_is_over_every_route_of_the_api() -> None:
    assert len(API) > 35


# On pages


def browser_of(cloud: Cloud, who: str) -> Shopper:
    """Return the browser of another identity, with a session cookie if it has one."""
    shopper = Shopper(cloud)
    email = "mallory@example.com"
    if who == "nobody":
        return shopper
    if who == "unverified":
        reference = cloud.post_json("/customers", customer_document(email=email)).json["data"]["id"]
    else:
        reference = confirmed(cloud, email=email, firstName="Mal", lastName="Lory")
    if who == "anonymised":
        headers = bearer(sign_in(cloud, email))
        assert cloud.request("DELETE", f"/customers/{reference}", headers=headers).status == 204
    if who in {"other customer", "logged out"}:
        shopper.log_in(email)
        kept = shopper.session or ""
    else:
        # A left-over session, which nobody can get.
        token = RefreshToken.new(reference, "left-over")
        session = session_item(Session.begin(token, 0, utc_now()))
        clients.dynamodb().put_item(TableName=cloud.customers_table, Item=session)
        kept = str(token)
    if who == "logged out":
        shopper.send("/logout")
    shopper.cookies[SESSION] = kept
    return shopper


@pytest.mark.parametrize(
    "who", ["nobody", "other customer", "unverified", "anonymised", "logged out"]
)
def test_nobody_reaches_another_customers_data_on_any_page(cloud: Cloud, who: str) -> None:
    sonia = Sonia(cloud)
    browser = browser_of(cloud, who)
    cookies = dict(browser.cookies)
    cloud.drain()
    before = hers(cloud, sonia)
    fields = {
        "cart": sonia.cart,
        "sku": "tea-1",
        "quantity": "9",
        "first_name": "Mallory",
        "email": "sonia@example.com",
        "reference": sonia.reference,
        "password": PASSWORD,
        "new_password": "gentle harbour lantern",
        "repeat_password": "gentle harbour lantern",
    }

    for route in OWN_PAGES:
        browser.cookies = dict(cookies)
        path = sonia.path(route)
        answer = browser.send(path, **fields) if route.method == "POST" else browser.open(path)

        assert answer.status < 500, route
        # These show the address that waits: the one that was sent just before.
        own = answer.body.replace('value="tea-1"', "").replace(ASKED_FOR, "")
        own = own.replace(ASKED_FOR_IN_FILE, "")
        for personal in ("sonia@example.com", "Sonia", "Torres", "tea-1"):
            assert personal not in own, route
        if "{id}" in route.path:
            assert answer.status == 404 or answer.location.startswith("/login"), route
        elif who != "other customer" and route.path.startswith("/account"):
            assert answer.location.startswith("/login?notice=log-in-first"), route
        assert hers(cloud, sonia) == before, route

    assert Shopper(cloud).log_in().status == 303


def test_the_walk_is_over_every_page_behind_the_login() -> None:
    assert len(OWN_PAGES) >= 17
