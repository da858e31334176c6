"""Carts in a browser: the demo shop, a guest's cart, a customer's carts."""

import re
from datetime import timedelta
from html import escape

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.application.carts import LONGEST_USE
from registration.domain.carts import LARGEST_QUANTITY, MOST_SKUS
from registration.entrypoints.carts.catalogue import ARTICLES
from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.carts import OPENED, contents_of_all, document, id_of
from tests.support.people.shoppers import VISITOR, Shopper, cart_id_in, lines_in, text_of
from tests.support.requests import PASSWORD

ODD_SKUS = [
    "tea/earl-grey 100g",
    "50%2F off+more&less=1;#a",
    "\"quoted\" 'twice' <b>bold</b>",
    "&lt;already&gt; &amp; {{ 7 * 7 }}",
    "m\N{LATIN SMALL LETTER U WITH DIAERESIS}sli \N{HIRAGANA LETTER A} \N{ROCKET}",
    " spaces around ",
    "a" * 255,
]


@pytest.fixture
def guest(cloud: Cloud) -> Shopper:
    """A visitor who is not logged in."""
    return Shopper(cloud)


@pytest.fixture
def sonia(cloud: Cloud) -> Shopper:
    """A logged-in customer."""
    confirmed(cloud)
    shopper = Shopper(cloud)
    assert shopper.log_in().status == 303
    return shopper


def by_api(cloud: Cloud) -> dict[str, dict[str, int]]:
    """Return Sonia's carts from the API, the default first."""
    headers = bearer(sign_in(cloud))
    return contents_of_all(cloud.request("GET", "/carts?include=items", headers=headers).json)


def open_cart(cloud: Cloud, **attributes: str) -> str:
    """Open a cart for Sonia with the API; return its id."""
    body = document("carts", **OPENED | attributes)
    return id_of(cloud.post_json("/carts", body, headers=bearer(sign_in(cloud))))


def change(shopper: Shopper, sku: str, quantity: str, **more: str) -> Answer:
    """Send the form of a line on the page of the cart."""
    cart = cart_id_in(shopper.go("/cart"))
    fields = {"cart": cart, "sku": sku, "quantity": quantity, **more}
    return shopper.send("/cart/items/change", **fields)


# The demo shop


def test_the_shop_offers_articles_that_each_go_into_the_cart(guest: Shopper) -> None:
    page = guest.open("/")

    assert page.status == 200
    offered = re.findall(r'name="sku" value="([^"]+)"', page.body)
    assert offered == [article.sku for article in ARTICLES]
    for sku in offered:
        guest.add(sku)
    assert set(guest.cart()) == set(offered)


def test_the_cart_names_known_articles(guest: Shopper) -> None:
    guest.add("mug-stoneware")
    guest.add("unknown-1")

    page = text_of(guest.open("/cart"))

    assert "Stoneware mug mug-stoneware" in page
    assert "unknown-1" in page


def test_without_the_demo_shop_home_leads_to_the_form(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(DemoShop="false")
    shopper = Shopper(cloud)

    assert shopper.open("/").location == "/register"
    assert "Go on shopping" not in text_of(shopper.open("/cart"))
    shopper.add("mug-stoneware")
    assert "Go on shopping" not in text_of(shopper.open("/cart"))


def test_the_shop_speaks_german(guest: Shopper) -> None:
    page = guest.cloud.get_page("/", headers={"accept-language": "de"})

    assert "Steingutbecher" in page.body
    assert "18,00 €" in page.body


# A guest's cart


def test_a_cart_begins_empty(guest: Shopper) -> None:
    page = guest.open("/cart")

    assert "Your cart is empty" in text_of(page)
    assert "/checkout" not in page.body
    assert guest.cloud.items(guest.cloud.customers_table) == []


def test_an_added_item_is_in_the_cart(guest: Shopper) -> None:
    answer = guest.add("mug-stoneware", 2)
    page = guest.follow(answer)

    assert answer.location == "/cart?notice=added"
    assert "It is in your cart." in text_of(page)
    assert lines_in(page) == {"mug-stoneware": "2"}
    guest.add("mug-stoneware")
    guest.add("candle-40h")
    assert guest.cart() == {"candle-40h": "1", "mug-stoneware": "3"}


def test_the_cart_is_that_of_this_browser(guest: Shopper) -> None:
    guest.add("mug-stoneware")

    assert Shopper(guest.cloud).cart() == {}
    assert guest.cookies[VISITOR] not in str(guest.cloud.state())


def test_the_browser_is_remembered_for_as_long_as_the_cart_is_kept(make_cloud: MakeCloud) -> None:
    shopper = Shopper(make_cloud(GuestCartDays="90"))

    (cookie,) = shopper.add("mug-stoneware").cookies

    assert cookie.startswith(f"{VISITOR}={shopper.cookies[VISITOR]};")
    assert f"Max-Age={90 * 24 * 60 * 60};" in cookie
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert attribute in cookie.split("; ")
    assert LONGEST_USE.days >= 365


@pytest.mark.parametrize("sku", ODD_SKUS)
def test_a_sku_may_be_anything(guest: Shopper, sku: str) -> None:
    assert guest.add(sku).status == 303
    page = guest.open("/cart")
    assert lines_in(page) == {sku: "1"}
    assert "<b>bold" not in page.body
    assert "49" not in text_of(page).replace("7 * 7", "")

    assert change(guest, sku, "5").location == "/cart?notice=changed"
    assert guest.cart() == {sku: "5"}
    assert change(guest, sku, "5", remove="1").location == "/cart?notice=removed"
    assert guest.cart() == {}


def test_a_quantity_is_changed(guest: Shopper) -> None:
    guest.add("mug-stoneware")

    answer = change(guest, "mug-stoneware", " 7 ")

    assert "The quantity is changed." in text_of(guest.follow(answer))
    assert guest.cart() == {"mug-stoneware": "7"}


def test_a_quantity_of_0_takes_it_out(guest: Shopper) -> None:
    guest.add("mug-stoneware")
    guest.add("candle-40h")

    answer = change(guest, "mug-stoneware", "0")

    assert "It is out of your cart." in text_of(guest.follow(answer))
    assert guest.cart() == {"candle-40h": "1"}


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", "Please enter 1 or more."),
        ("two", "Please enter a whole number."),
        ("1.5", "Please enter a whole number."),
        ("-1", "Please enter 1 or more."),
        ("\N{ARABIC-INDIC DIGIT THREE}", "Please enter a whole number."),
        ("9" * 5000, f"Please enter {LARGEST_QUANTITY} or less."),
        ('"><b>1', "Please enter a whole number."),
        (str(LARGEST_QUANTITY + 1), f"Please enter {LARGEST_QUANTITY} or less."),
    ],
)
def test_an_invalid_quantity_is_reported_beside_it(guest: Shopper, typed: str, text: str) -> None:
    guest.add("candle-40h")
    guest.add("mug-stoneware", 2)
    before = guest.cloud.items(guest.cloud.customers_table, "cart")

    answer = change(guest, "mug-stoneware", typed)

    assert answer.status == 422
    assert text_of(answer).count(text) == 2
    assert lines_in(answer) == {"candle-40h": "1", "mug-stoneware": typed}
    assert 'aria-describedby="quantity-2-error" aria-invalid="true" autofocus' in answer.body
    assert '<a href="#quantity-2">' in answer.body
    assert answer.body.count("aria-invalid") == 1
    assert "<b>1" not in answer.body
    assert guest.cloud.items(guest.cloud.customers_table, "cart") == before


def test_an_invalid_quantity_of_a_removed_item_is_reported_all_the_same(guest: Shopper) -> None:
    guest.add("candle-40h")

    answer = change(guest, "mug-stoneware", "many")

    assert answer.status == 422
    assert "Please enter a whole number." in text_of(answer)
    assert "aria-invalid" not in answer.body
    assert lines_in(answer) == {"candle-40h": "1"}


def test_more_than_a_cart_holds_is_told(guest: Shopper) -> None:
    guest.add("mug-stoneware", LARGEST_QUANTITY)

    answer = guest.add("mug-stoneware")

    assert answer.status == 422
    assert f"Please enter {LARGEST_QUANTITY} or less." in text_of(answer)
    assert guest.cart() == {"mug-stoneware": str(LARGEST_QUANTITY)}


def test_one_article_too_many_is_told(guest: Shopper) -> None:
    guest.add("sku-0")
    items = {f"sku-{n}": {"N": "1"} for n in range(MOST_SKUS)}
    clients.dynamodb().update_item(
        TableName=guest.cloud.customers_table,
        Key=keys.cart(cart_id_in(guest.open("/cart"))),
        UpdateExpression="SET #items = :items",
        ExpressionAttributeNames={"#items": "items"},
        ExpressionAttributeValues={":items": {"M": items}},
    )

    answer = guest.add("one-more")

    assert answer.status == 422
    assert f"A cart has room for {MOST_SKUS} different articles." in text_of(answer)
    assert len(guest.cart()) == MOST_SKUS


@pytest.mark.parametrize("sku", ["", " ", "a?b", "../x", "a\tb", "a" * 256])
def test_an_impossible_sku_is_refused(guest: Shopper, sku: str) -> None:
    answer = guest.send("/cart/items", sku=sku, quantity="1")

    assert answer.status == 422
    assert "This article cannot be put into a cart." in text_of(answer)
    assert "Your cart is empty" in text_of(answer)
    assert guest.cart() == {}


def test_an_item_removed_meanwhile_is_reported(guest: Shopper) -> None:
    guest.add("mug-stoneware")
    guest.add("candle-40h")
    change(guest, "mug-stoneware", "0")

    for quantity in ("0", "3"):
        answer = change(guest, "mug-stoneware", quantity)
        assert answer.location == "/cart?notice=gone"
    assert "This is what is in your cart now." in text_of(guest.follow(answer))
    assert guest.cart() == {"candle-40h": "1"}


def test_a_guests_carts_are_limited_as_by_the_api(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(GuestCartsPerClient="1")
    first = Shopper(cloud)
    first.add("mug-stoneware")
    assert first.add("mug-stoneware").status == 303

    answer = Shopper(cloud).add("mug-stoneware")

    assert answer.status == 429
    assert "A short break, please" in text_of(answer)


def test_an_expired_cart_is_gone_before_ttl_deletes_it(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(GuestCartDays="1")
    shopper = Shopper(cloud)
    shopper.add("mug-stoneware")
    stale = cart_id_in(shopper.open("/cart"))

    with later(timedelta(days=2)):
        assert shopper.cart() == {}
        assert shopper.open("/checkout").location == "/cart?notice=nothing-to-buy"
        late = shopper.send("/cart/items/change", cart=stale, sku="mug-stoneware", quantity="2")
        assert late.location == "/cart?notice=gone"
        shopper.add("candle-40h")
        assert shopper.cart() == {"candle-40h": "1"}
        assert cart_id_in(shopper.open("/cart")) != stale


@pytest.mark.parametrize("cart", ["", "x", "../customers", "11111111-2222-4333-8444-555555555555"])
def test_a_cart_that_is_not_there_cannot_be_changed(guest: Shopper, cart: str) -> None:
    guest.add("mug-stoneware")

    answer = guest.send("/cart/items/change", cart=cart, sku="mug-stoneware", quantity="3")

    assert answer.location == "/cart?notice=gone"
    assert guest.cart() == {"mug-stoneware": "1"}


def test_nobody_changes_another_guests_cart(guest: Shopper) -> None:
    guest.add("mug-stoneware")
    theirs = cart_id_in(guest.open("/cart"))
    mallory = Shopper(guest.cloud)

    answer = mallory.send("/cart/items/change", cart=theirs, sku="mug-stoneware", quantity="9")

    assert answer.location == "/cart?notice=gone"
    assert guest.cart() == {"mug-stoneware": "1"}


def test_a_page_that_was_open_while_the_cart_moved_says_so(guest: Shopper) -> None:
    """It went with the sign-up, which was confirmed on another device."""
    guest.add("mug-stoneware")
    stale = cart_id_in(guest.open("/cart"))
    guest.sign_up()
    guest.cloud.drain()
    elsewhere = Shopper(guest.cloud)
    token = guest.cloud.mails[-1].token
    elsewhere.send("/confirm", token=token, way="password", password=PASSWORD)

    answer = guest.send("/cart/items/change", cart=stale, sku="mug-stoneware", quantity="3")

    assert answer.location == "/cart?notice=gone"
    assert guest.cart() == {}
    assert by_api(guest.cloud) == {stale: {"mug-stoneware": 1}}


# A customer's cart


def test_a_customers_first_item_opens_a_cart_and_the_next_goes_into_it(sonia: Shopper) -> None:
    sonia.add("mug-stoneware", 2)
    sonia.add("candle-40h")

    assert sonia.cart() == {"candle-40h": "1", "mug-stoneware": "2"}
    assert list(by_api(sonia.cloud).values()) == [{"candle-40h": 1, "mug-stoneware": 2}]


def test_the_cart_is_the_newest_on_every_device(sonia: Shopper) -> None:
    open_cart(sonia.cloud, name="Old")
    newest = open_cart(sonia.cloud, name="New")
    elsewhere = Shopper(sonia.cloud)
    elsewhere.log_in()

    sonia.add("mug-stoneware")

    assert elsewhere.cart() == {"mug-stoneware": "1"}
    assert cart_id_in(elsewhere.open("/cart")) == newest


def test_a_new_cart_is_opened_where_the_last_was_removed_at_that_moment(sonia: Shopper) -> None:
    cart = open_cart(sonia.cloud)
    headers = bearer(sign_in(sonia.cloud))

    def remove(call: object) -> None:
        if "UpdateItem" in str(call):
            sonia.cloud.on_call = None
            assert sonia.cloud.request("DELETE", f"/carts/{cart}", headers=headers).status == 204

    sonia.cloud.on_call = remove
    assert sonia.add("mug-stoneware").status == 303

    assert list(by_api(sonia.cloud).values()) == [{"mug-stoneware": 1}]


@pytest.mark.parametrize("path", ["/cart", "/account/carts", "/checkout"])
def test_a_guests_cart_is_taken_over_when_a_page_is_opened(cloud: Cloud, path: str) -> None:
    """Confirming by password begins a session, too, in a browser that may have filled a cart."""
    Shopper(cloud).sign_up()
    cloud.drain()
    here = Shopper(cloud)
    here.add("mug-stoneware", 2)
    cart = cart_id_in(here.open("/cart"))
    token = cloud.mails[0].token
    here.send("/confirm", token=token, way="password", password=PASSWORD)
    assert by_api(cloud) == {}

    page = here.open(path)

    assert page.status == 200
    assert by_api(cloud) == {cart: {"mug-stoneware": 2}}
    assert here.cart() == {"mug-stoneware": "2"}


def test_items_added_before_that_end_up_in_one_cart(cloud: Cloud) -> None:
    Shopper(cloud).sign_up()
    cloud.drain()
    here = Shopper(cloud)
    here.add("mug-stoneware", 2)
    here.send("/confirm", token=cloud.mails[0].token, way="password", password=PASSWORD)

    here.add("mug-stoneware", 1)

    assert list(by_api(cloud).values()) == [{"mug-stoneware": 3}]


def test_a_customer_logged_out_elsewhere_continues_as_a_guest(sonia: Shopper) -> None:
    token = sonia.csrf_token()
    elsewhere = Shopper(sonia.cloud)
    elsewhere.log_in()
    elsewhere.send("/account/logout-everywhere")

    added = sonia.send_as_is(
        "/cart/items", {"csrf_token": token, "sku": "mug-stoneware", "quantity": "1"}
    )
    led = sonia.follow(added)

    assert lines_in(led) == {"mug-stoneware": "1"}
    assert sonia.session is None
    assert 'action="/logout"' not in led.body
    assert by_api(sonia.cloud) == {}


# My carts


def test_my_carts_are_listed_the_newest_first(sonia: Shopper) -> None:
    first, second = open_cart(sonia.cloud, name="Garden <b>"), open_cart(sonia.cloud)
    sonia.add("mug-stoneware", 2)
    sonia.add("candle-40h")

    page = sonia.open("/account/carts")

    text = text_of(page)
    assert page.body.index(second) < page.body.index(first)
    assert "Garden <b>" in text
    assert "<b>" not in page.body
    assert "3 items" in text
    assert "0 items" in text
    assert re.search(r"Cart of [A-Z][a-z]+ \d{1,2}, \d{4}", text)
    assert text.count("Current cart") == 1


def test_an_empty_list_of_carts_says_so(sonia: Shopper) -> None:
    assert "You have no carts yet." in text_of(sonia.open("/account/carts"))


def test_one_item_is_one_item(sonia: Shopper) -> None:
    sonia.add("mug-stoneware")

    assert "1 item \N{MIDDLE DOT}" in text_of(sonia.open("/account/carts"))


def test_a_cart_of_mine_can_be_changed_though_it_is_not_the_newest(sonia: Shopper) -> None:
    cart = open_cart(sonia.cloud, name="Garden")
    sonia.add("mug-stoneware", 2)
    open_cart(sonia.cloud, name="Newer")
    here = f"/account/carts/{cart}"

    page = sonia.open(here)
    changed = sonia.send(f"{here}/items/change", sku="mug-stoneware", quantity="5")
    wrong = sonia.send(f"{here}/items/change", sku="mug-stoneware", quantity="many")
    gone = sonia.send(f"{here}/items/change", sku="candle-40h", quantity="5")

    assert "Garden" in text_of(page)
    assert lines_in(page) == {"mug-stoneware": "2"}
    assert f'action="{here}/items/change"' in page.body
    assert 'href="/checkout"' not in page.body
    assert changed.location == f"{here}?notice=changed"
    assert lines_in(sonia.follow(changed)) == {"mug-stoneware": "5"}
    assert wrong.status == 422
    assert lines_in(wrong) == {"mug-stoneware": "many"}
    assert gone.location == f"{here}?notice=gone"
    assert sonia.cart() == {}


def test_anothers_cart_is_not_found(sonia: Shopper) -> None:
    sonia.add("mug-stoneware")
    (hers,) = by_api(sonia.cloud)
    confirmed(sonia.cloud, "mallory@example.com")
    mallory = Shopper(sonia.cloud)
    mallory.log_in("mallory@example.com")
    before = sonia.cloud.items(sonia.cloud.customers_table, "cart")

    answers = [
        mallory.open(f"/account/carts/{hers}"),
        mallory.send(f"/account/carts/{hers}/items/change", sku="mug-stoneware", quantity="9"),
        mallory.send(f"/account/carts/{hers}/items/change", sku="mug-stoneware", quantity="x"),
    ]

    for answer in answers:
        assert answer.status == 404
        assert "Page not found" in text_of(answer)
        assert "My account" in text_of(answer)
        assert "mug" not in answer.body
    assert sonia.cloud.items(sonia.cloud.customers_table, "cart") == before


@pytest.mark.parametrize("cart", ["x", "%2e%2e", "11111111-2222-4333-8444-555555555555", "a" * 999])
def test_an_invalid_cart_id_is_not_found(sonia: Shopper, cart: str) -> None:
    assert sonia.open(f"/account/carts/{cart}").status == 404


@pytest.mark.parametrize("path", ["/", "/cart", "/cart?notice=added", "/cart?notice=<b>"])
def test_every_page_is_guarded_by_its_headers(guest: Shopper, path: str) -> None:
    answer = guest.open(path)

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert escape("<b>") not in answer.body
