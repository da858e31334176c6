"""Spryker's own storefront packages as a client: what they make of the answers."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.cloud import Cloud
from local.package import BUILD
from tests.support.requests import PASSWORD

PACKAGES = BUILD / "storefront"
SCRIPT = Path(__file__).with_name("storefront.mjs")
EMAIL = "storefront@example.com"
OLDEST_NODE = 20

Steps = dict[str, Any]


def path_of_node() -> str | None:
    """Return the path of Node, if its release knows what the packages use of a browser."""
    if node := shutil.which("node"):
        version = subprocess.check_output([node, "--version"], text=True)
        return node if int(version.removeprefix("v").split(".")[0]) >= OLDEST_NODE else None
    return None


@pytest.fixture(scope="module")
def steps(cloud: Cloud) -> Steps:
    """What each step of the script gave: a value, or the error that the packages threw."""
    node = path_of_node()
    # The README asks for Python and make alone: Node is tried where there is one, as CI has it.
    if not node or not (PACKAGES / "installed").exists():
        pytest.skip(f"Spryker's storefront packages are not tried: no Node {OLDEST_NODE} or later")
    done = subprocess.run(
        [node, "--input-type=module", "-"],
        input=SCRIPT.read_text(),
        cwd=PACKAGES,
        env=os.environ | {"SHOP": cloud.url, "EMAIL": EMAIL, "PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return {line.pop("name"): line.get("value", line) for line in lines}


def quantities(cart: Any) -> dict[str, int]:
    """Return what is in a cart as the packages read it."""
    return {product["sku"]: product["quantity"] for product in cart["products"]}


def test_a_guest_fills_a_cart(steps: Steps) -> None:
    cart = steps["guest adds to cart"]

    assert quantities(cart) == {"tea-1": 2}
    assert [each["id"] for each in steps["guest reads carts"]] == [cart["id"]]
    assert quantities(steps["guest reads carts"][0]) == {"tea-1": 2}
    assert quantities(steps["guest reads cart"]) == {"tea-1": 2}
    assert quantities(steps["guest adds to that cart"]) == {"tea-1": 2, "tea-2": 1}
    assert quantities(steps["guest changes a quantity"]) == {"tea-1": 5, "tea-2": 1}
    assert steps["guest removes from cart"] is None
    assert quantities(steps["guest changes cart"]) == {"tea-1": 5}


def test_a_guest_becomes_a_customer_who_has_the_cart(steps: Steps) -> None:
    customer = steps["register"]

    assert customer["email"] == EMAIL
    assert steps["log in too early"]["body"]["error"] == "invalid_grant"
    assert steps["confirm"] is None
    assert steps["log in with a wrong password"]["body"]["error"] == "invalid_grant"
    assert steps["log in"] is None
    assert steps["identity"] == {"isAuthenticated": True, "userId": customer["id"]}
    assert steps["read customer"] == customer | {"updatedAt": steps["read customer"]["updatedAt"]}
    (cart,) = steps["carts after log-in"]
    assert cart["id"] == steps["guest adds to cart"]["id"]
    assert quantities(cart) == {"tea-1": 5}


def test_a_customer_has_carts(steps: Steps) -> None:
    cart = steps["create cart"]

    assert (cart["store"], cart["currency"], cart["priceMode"]) == ("DE", "EUR", "GROSS_MODE")
    assert cart["totals"]["grandTotal"] == 0
    assert quantities(steps["add to cart"]) == {"tea-3": 1}
    assert quantities(steps["change a quantity"]) == {"tea-3": 4}
    assert quantities(steps["read cart"]) == {"tea-3": 4}
    assert steps["rename cart"]["name"] == "Wishes"
    assert steps["remove from cart"] is None
    assert steps["delete cart"] is None


def test_a_session_is_refreshed_and_ends(steps: Steps) -> None:
    assert steps["refresh"] is None
    assert steps["token is another"] is True
    assert steps["read customer with an old token"]["email"] == EMAIL
    assert steps["log out"] is None
    assert steps["identity after log-out"]["isAuthenticated"] is False


def test_a_cart_comes_along_when_a_customer_logs_in(steps: Steps) -> None:
    assert quantities(steps["guest adds again"]) == {"tea-4": 1}
    assert steps["log in with a cart"] is None
    assert steps["cart came along"] is True
