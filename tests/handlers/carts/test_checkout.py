"""The checkout's login step, and the handover of a guest's cart to a customer."""

import pytest

from tests.support.cloud import Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.carts import contents_of_all
from tests.support.people.shoppers import Shopper, cart_id_in, lines_in, text_of
from tests.support.requests import PASSWORD, review_form

NEW_PASSWORD = "gentle harbour lantern"
DEMO_ENDS = "Here the shop's own checkout goes on."
CART_KEPT = "Your cart is kept."


@pytest.fixture
def guest(cloud: Cloud) -> Shopper:
    """A guest with an item in the cart."""
    shopper = Shopper(cloud)
    shopper.add("mug-stoneware", 2)
    shopper.add("tea/earl-grey-100g")
    return shopper


ITEMS = {"mug-stoneware": "2", "tea/earl-grey-100g": "1"}


def by_api(cloud: Cloud, password: str = PASSWORD) -> dict[str, dict[str, int]]:
    """Return Sonia's carts from the API."""
    headers = bearer(sign_in(cloud, password=password))
    return contents_of_all(cloud.request("GET", "/carts?include=items", headers=headers).json)


def the_link(cloud: Cloud) -> str:
    """Return the link of the newest mail."""
    cloud.drain()
    return cloud.mails[-1].link


# The login step


@pytest.mark.parametrize("path", ["/checkout", "/checkout/guest"])
def test_with_nothing_in_the_cart_there_is_nothing_to_check_out(cloud: Cloud, path: str) -> None:
    shopper = Shopper(cloud)

    answer = shopper.open(path)

    assert answer.location == "/cart?notice=nothing-to-buy"
    assert "Please put something into your cart first." in text_of(shopper.follow(answer))


def test_a_cart_that_was_emptied_is_no_cart_to_check_out(guest: Shopper) -> None:
    cart = cart_id_in(guest.open("/cart"))
    for sku in ITEMS:
        guest.send("/cart/items/change", cart=cart, sku=sku, quantity="0")

    assert guest.open("/checkout").location == "/cart?notice=nothing-to-buy"


def test_a_guest_chooses_between_three_ways(guest: Shopper) -> None:
    page = guest.open("/checkout")

    text = text_of(page)
    for way in ("I have an account", "I am new here", "Without an account"):
        assert way in text
    assert 'action="/login"' in page.body
    assert 'name="to" value="checkout"' in page.body
    assert 'autocomplete="username"' in page.body
    assert 'autocomplete="current-password"' in page.body
    assert 'href="/register?from=checkout"' in page.body
    assert 'action="/checkout/guest"' in page.body
    assert "Stoneware mug" in text
    assert page.headers["cache-control"] == "no-store"


def test_a_guest_may_go_on_without_an_account(guest: Shopper) -> None:
    answer = guest.send("/checkout/guest")
    page = guest.follow(answer)

    assert answer.location == "/checkout/guest"
    assert DEMO_ENDS in text_of(page)
    assert "You go on as a guest." in text_of(page)
    assert guest.cart() == ITEMS
    assert guest.cloud.customers() == []


def test_a_customer_logs_in_and_goes_on(guest: Shopper) -> None:
    confirmed(guest.cloud)
    cart = cart_id_in(guest.open("/cart"))

    failed = guest.send("/login", email="sonia@example.com", password="wrong", to="checkout")
    answer = guest.send("/login", email="sonia@example.com", password=PASSWORD, to="checkout")
    page = guest.follow(answer)

    assert 'name="to" value="checkout"' in failed.body
    assert answer.location == "/checkout"
    assert DEMO_ENDS in text_of(page)
    assert "You are signed in as Sonia Torres sonia@example.com" in text_of(page)
    assert by_api(guest.cloud) == {cart: {"mug-stoneware": 2, "tea/earl-grey-100g": 1}}


def test_a_customer_is_not_asked(guest: Shopper) -> None:
    confirmed(guest.cloud)
    guest.log_in()

    page = guest.open("/checkout")

    assert page.status == 200
    assert "I have an account" not in text_of(page)
    assert guest.open("/checkout/guest").location == "/checkout"


def test_a_session_that_has_ended_is_asked_again(guest: Shopper) -> None:
    confirmed(guest.cloud)
    guest.log_in()
    Shopper(guest.cloud, dict(guest.cookies)).send("/account/logout-everywhere")
    guest.add("candle-40h")

    answer = guest.open("/checkout")
    page = guest.follow(answer)

    assert (answer.status, answer.location) == (303, "/checkout")
    assert guest.session is None
    assert "I have an account" in text_of(page)
    assert 'action="/logout"' not in page.body


# From a guest's cart to a customer's


def test_the_way_keeps_that_it_came_from_the_checkout(guest: Shopper) -> None:
    form = guest.open("/register?from=checkout")
    wrong = guest.sign_up(email="sonia@", **{"from": "checkout"})
    answer = guest.sign_up(**{"from": "checkout"})
    page = guest.follow(answer)

    assert 'name="from" value="checkout"' in form.body
    assert 'href="/login?to=checkout"' in form.body
    assert 'name="from" value="checkout"' in wrong.body
    assert answer.location == "/register/almost-there?from=checkout"
    assert CART_KEPT in text_of(page)
    assert 'name="from" value="checkout"' in guest.open("/register?again=1").body
    (customer,) = guest.cloud.customers()
    assert customer["origin"] == "checkout"


def test_a_sign_up_outside_the_checkout_mentions_no_cart(cloud: Cloud) -> None:
    shopper = Shopper(cloud)

    assert shopper.sign_up().location == "/register/almost-there"
    assert CART_KEPT not in text_of(shopper.open("/register/almost-there"))
    assert CART_KEPT not in text_of(shopper.open("/register/almost-there?from=<b>"))


def by_password(elsewhere: Shopper) -> str:
    """Confirm with the password chosen at sign-up; return the valid password."""
    token = elsewhere.cloud.mails[-1].token
    answer = elsewhere.send("/confirm", token=token, way="password", password=PASSWORD)
    assert answer.location == "/account?notice=confirmed"
    return PASSWORD


def by_new_password(elsewhere: Shopper) -> str:
    """Confirm with a new password; return it."""
    token = elsewhere.cloud.mails[-1].token
    elsewhere.send("/confirm", token=token, **review_form(NEW_PASSWORD))
    return NEW_PASSWORD


def test_confirming_in_another_browser_brings_the_cart_there(guest: Shopper) -> None:
    cart = cart_id_in(guest.open("/cart"))
    guest.sign_up(**{"from": "checkout"})
    guest.add("candle-40h")
    items = {**ITEMS, "candle-40h": "1"}
    elsewhere = Shopper(guest.cloud)
    assert elsewhere.open(the_link(guest.cloud)).status == 200

    password = by_password(elsewhere)

    # The customer is logged in there, and has the same cart with all items.
    listed = elsewhere.open("/account/carts")
    assert f'href="/account/carts/{cart}"' in listed.body
    assert "4 items" in text_of(listed)
    assert lines_in(elsewhere.open(f"/account/carts/{cart}")) == items
    assert elsewhere.cart() == items
    assert DEMO_ENDS in text_of(elsewhere.open("/checkout"))
    assert by_api(guest.cloud, password) == {
        cart: {"candle-40h": 1, "mug-stoneware": 2, "tea/earl-grey-100g": 1}
    }
    # The first browser is not logged in and no longer has the cart; after logging in it has.
    assert guest.cart() == {}
    guest.log_in(password=password)
    assert guest.cart() == items
    assert cart_id_in(guest.open("/cart")) == cart


def test_with_a_new_password_the_cart_waits_in_its_browser_for_the_log_in(guest: Shopper) -> None:
    # The sign-up may have been a stranger's, and so may its cart.
    cart = cart_id_in(guest.open("/cart"))
    guest.sign_up(**{"from": "checkout"})
    elsewhere = Shopper(guest.cloud)
    elsewhere.open(the_link(guest.cloud))

    password = by_new_password(elsewhere)

    assert elsewhere.cart() == {}
    assert guest.cart() == ITEMS
    guest.log_in(password=password)
    assert guest.cart() == elsewhere.cart() == ITEMS
    assert cart_id_in(guest.open("/cart")) == cart


def test_confirming_in_the_same_browser_and_logging_in_goes_on_with_the_checkout(
    guest: Shopper,
) -> None:
    cart = cart_id_in(guest.open("/cart"))
    guest.sign_up(**{"from": "checkout"})

    followed = guest.open(the_link(guest.cloud))
    login = guest.follow(followed)

    assert followed.location == "/login?notice=confirmed&to=checkout"
    assert "Your email address is validated. Please login to continue." in text_of(login)
    assert 'name="to" value="checkout"' in login.body
    answer = guest.send("/login", email="sonia@example.com", password=PASSWORD, to="checkout")
    assert DEMO_ENDS in text_of(guest.follow(answer))
    assert f'href="/account/carts/{cart}"' in guest.open("/account/carts").body
    assert lines_in(guest.open(f"/account/carts/{cart}")) == ITEMS


def test_a_visitor_from_elsewhere_is_not_redirected_to_the_checkout(guest: Shopper) -> None:
    guest.sign_up()

    assert guest.open(the_link(guest.cloud)).location == "/login?notice=confirmed"
    guest.log_in()
    assert guest.cart() == ITEMS


def test_items_added_since_are_added_to_it(guest: Shopper) -> None:
    """The cart of the sign-up went to the customer; the guest began another one."""
    cart = cart_id_in(guest.open("/cart"))
    guest.sign_up(**{"from": "checkout"})
    elsewhere = Shopper(guest.cloud)
    elsewhere.open(the_link(guest.cloud))
    by_password(elsewhere)
    guest.add("mug-stoneware", 5)

    guest.log_in()

    assert guest.cart() == {"mug-stoneware": "7"}
    carts = by_api(guest.cloud)
    assert carts[cart] == {"tea/earl-grey-100g": 1}
    assert sum(sum(items.values()) for items in carts.values()) == 8


def test_an_unconfirmed_cart_stays_with_the_guest(guest: Shopper) -> None:
    guest.sign_up(**{"from": "checkout"})

    assert guest.cart() == ITEMS
    assert "I have an account" in text_of(guest.open("/checkout"))


def test_in_german_too(guest: Shopper) -> None:
    german = {"accept-language": "de"}

    page = guest.cloud.get_page("/checkout", cookies=guest.cookies, headers=german)

    assert "Wie möchten Sie weitermachen?" in text_of(page)
    assert "Steingutbecher" in text_of(page)
