"""Somebody with a cart: each test runs as a guest and as a customer."""

import pytest

from tests.support.cloud import Cloud
from tests.support.people.carts import Client, guest, id_of, signed_in


@pytest.fixture(params=["guest", "customer"])
def somebody(request: pytest.FixtureRequest, cloud: Cloud) -> tuple[Client, str]:
    """A guest and a customer, each with a cart with two apples."""
    if request.param == "guest":
        client = guest(cloud)
        return client, id_of(client.fill())
    client = signed_in(cloud)
    cart_id = id_of(client.open())
    assert client.add(cart_id).status == 201
    return client, cart_id
