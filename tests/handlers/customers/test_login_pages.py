"""Logging in and out in a browser, and CSRF tokens."""

from datetime import timedelta

import pytest

from registration.entrypoints.web.routes import routes
from tests.conftest import MakeCloud
from tests.support.clock import let_pass
from tests.support.cloud import SESSION, Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.carts import id_of
from tests.support.people.shoppers import VISITOR, Shopper, text_of
from tests.support.requests import PASSWORD

WRONG = "do not fit together"
LOG_IN_FIRST = "/login?notice=log-in-first&to=account"
# A mail program withdraws a consent by a request of its own (RFC 8058): the token in it is a key.
FORMS = [
    route
    for route in routes()
    if route.is_page and route.method == "POST" and route.path != "/withdraw-consent"
]


@pytest.fixture
def sonia(cloud: Cloud) -> Shopper:
    """A customer in a browser without a login."""
    confirmed(cloud)
    return Shopper(cloud)


# Logging in


def test_logging_in_leads_to_the_account(sonia: Shopper) -> None:
    answer = sonia.log_in()

    assert (answer.status, answer.location) == (303, "/account")
    assert "Hello, Sonia" in text_of(sonia.follow(answer))


def test_the_session_is_a_cookie_for_this_host_alone_that_no_script_reads(sonia: Shopper) -> None:
    cookie, sign_up, _ = sonia.log_in().cookies

    assert cookie.startswith(f"{SESSION}=")
    assert sign_up.startswith("__Host-sign_up=;")
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert attribute in cookie.split("; ")
    assert "Domain" not in cookie
    secret = (sonia.session or "").rpartition(".")[2]
    assert len(secret) >= 43
    assert secret not in str(sonia.cloud.state())


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("sonia@example.com", "sturdy teapot orbiT"),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ],
)
def test_a_failed_login_does_not_say_what_is_wrong(
    sonia: Shopper, email: str, password: str
) -> None:
    answer = sonia.log_in(email, password)

    assert answer.status == 401
    assert WRONG in text_of(answer)
    assert f'value="{email}"' in answer.body
    assert not password or password not in answer.body
    assert sonia.session is None


def test_nobody_logs_in_who_has_not_confirmed(cloud: Cloud) -> None:
    shopper = Shopper(cloud)
    shopper.sign_up()

    answer = shopper.log_in()

    assert answer.status == 401
    assert WRONG in text_of(answer)


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("account", "/account"),
        ("carts", "/account/carts"),
        ("checkout", "/checkout"),
        ("", "/account"),
        ("https://evil.example", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/logout", "/account"),
        ("checkout\r\nSet-Cookie: a=b", "/account"),
    ],
)
def test_logging_in_leads_nowhere_but_to_pages_of_ours(sonia: Shopper, to: str, path: str) -> None:
    page = sonia.cloud.get_page("/login?to=checkout")

    answer = sonia.send("/login", email="sonia@example.com", password=PASSWORD, to=to)

    assert answer.location == path
    assert 'name="to" value="checkout"' in page.body


def test_a_mistake_does_not_lose_the_way(sonia: Shopper) -> None:
    answer = sonia.send("/login", email="sonia@example.com", password="wrong", to="checkout")

    assert 'name="to" value="checkout"' in answer.body


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", '"><script>'])
def test_the_login_page_repeats_no_address(cloud: Cloud, to: str) -> None:
    assert "evil" not in cloud.get_page(f"/login?to={to}&notice={to}").body
    assert '<input type="hidden" name="to"' not in cloud.get_page(f"/login?to={to}").body


def test_a_planted_session_is_replaced_at_login(sonia: Shopper) -> None:
    sonia.log_in()
    planted = sonia.session or ""
    sonia.log_in()

    assert sonia.session not in {None, planted}
    assert sonia.cloud.get_page("/account", cookies={SESSION: planted}).location == LOG_IN_FIRST


def test_a_session_cookie_without_the_prefix_is_ignored(sonia: Shopper) -> None:
    """A sibling host can set ``session`` for all hosts of the domain."""
    sonia.log_in()
    kept = sonia.session or ""

    answer = sonia.cloud.get_page("/account", cookies={"session": kept})

    assert answer.location == LOG_IN_FIRST


def test_on_plain_http_cookies_have_no_prefix(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(PublicUrl="http://localhost:8000")
    confirmed(cloud)
    shopper = Shopper(cloud)
    cookies = shopper.log_in().cookies

    assert cookies[0].startswith("session=")
    assert "Secure" not in cookies[0]
    assert shopper.open("/account").status == 200


def test_a_guests_cart_becomes_the_customers(sonia: Shopper) -> None:
    sonia.add("mug-stoneware", 2)

    sonia.log_in()

    assert sonia.cart() == {"mug-stoneware": "2"}
    (cart,) = sonia.cloud.items(sonia.cloud.customers_table, "cart")
    assert cart["owner"].startswith("CUSTOMER#")


def test_too_many_mistakes_close_the_door_for_a_while(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="2")
    confirmed(cloud)
    shopper = Shopper(cloud)
    for _ in range(2):
        shopper.log_in(password="wrong")

    answer = shopper.log_in()

    assert answer.status == 429
    assert "<html" in answer.body
    assert int(answer.headers["retry-after"]) > 0


# Logging out


def test_logging_out_ends_the_session_on_the_server(sonia: Shopper) -> None:
    sonia.log_in()
    copy = dict(sonia.cookies)

    answer = sonia.send("/logout")

    assert answer.location == "/login?notice=logged-out"
    assert "logged out" in text_of(sonia.follow(answer))
    assert sonia.session is None
    assert sonia.cloud.get_page("/account", cookies=copy).location == LOG_IN_FIRST
    assert sonia.cloud.items(sonia.cloud.customers_table, "session") == []


def test_the_next_user_of_the_browser_has_their_own_cart(sonia: Shopper) -> None:
    visitor = sonia.csrf_token() and sonia.cookies[VISITOR]
    sonia.add("mug-stoneware")
    sonia.log_in()

    sonia.send("/logout")

    assert VISITOR not in sonia.cookies
    assert sonia.cart() == {}
    assert sonia.cookies[VISITOR] != visitor


def test_logging_out_ends_this_session_and_no_other(sonia: Shopper) -> None:
    elsewhere = Shopper(sonia.cloud)
    sonia.log_in()
    elsewhere.log_in()

    sonia.send("/logout")

    assert elsewhere.open("/account").status == 200


def test_logging_out_twice_is_no_mistake(sonia: Shopper) -> None:
    assert sonia.send("/logout").location == "/login?notice=logged-out"


def test_confirming_by_password_ends_the_session_that_the_browser_had(sonia: Shopper) -> None:
    sonia.log_in()
    kept = Shopper(sonia.cloud)
    kept.cookies = dict(sonia.cookies)
    newer = Shopper(sonia.cloud)
    newer.sign_up(email="ada@example.com")
    sonia.cloud.drain()

    token = sonia.cloud.mails[-1].token
    sonia.send("/confirm", token=token, way="password", password=PASSWORD)

    assert "ada@example.com" in sonia.open("/account").body
    assert kept.open("/account").location == LOG_IN_FIRST


def test_a_sign_up_is_forgotten_where_somebody_logs_in_or_out(sonia: Shopper) -> None:
    # On a shared computer, one person signs up with the next one's address and leaves.
    for answer in (sonia.log_in(), sonia.send("/logout")):
        (forgotten,) = (each for each in answer.cookies if each.startswith("__Host-sign_up="))

        assert forgotten.startswith("__Host-sign_up=;")
        assert "Max-Age=0" in forgotten


def test_a_session_ends_by_itself(sonia: Shopper) -> None:
    sonia.log_in()
    let_pass(timedelta(days=29))
    assert sonia.open("/account").status == 200
    let_pass(timedelta(days=2))
    ended = sonia.open("/account")

    assert ended.location == LOG_IN_FIRST
    assert sonia.session is None
    assert VISITOR in sonia.cookies


# CSRF tokens


FIELDS = {
    "email": "sonia@example.com",
    "password": PASSWORD,
    "new_password": "gentle harbour lantern",
    "repeat_password": "gentle harbour lantern",
    "first_name": "Mallory",
    "sku": "bait",
    "quantity": "1",
}


def refused(shopper: Shopper, fields: dict[str, str]) -> list[str]:
    """Send fields to every form; return the routes that did not refuse them."""
    before, kept = shopper.cloud.state(), dict(shopper.cookies)
    hit = []
    for route in FORMS:
        path = route.path.replace("{id}", "x").replace("{reference}", "x")
        answer = shopper.send_as_is(path, {**FIELDS, **fields})
        # This browser has no member of staff: the Back Office may check that before the form.
        asked = answer.status == 303 and answer.location == "/back-office/login"
        is_refused = answer.status == 403 and "<html" in answer.body
        unchanged = shopper.cloud.state() == before and shopper.cookies == kept
        if not unchanged or not (is_refused or (asked and route.function == "back_office")):
            hit.append(route.key)
    return hit


@pytest.mark.parametrize("token", ["none", "empty", "made up", "no ASCII", "another's", "visitor"])
def test_a_form_counts_only_if_it_came_from_a_page_shown_to_this_browser(
    sonia: Shopper, token: str
) -> None:
    sonia.log_in()
    tokens = {
        "empty": {"csrf_token": ""},
        "made up": {"csrf_token": "A" * 43},
        "no ASCII": {"csrf_token": "\N{LATIN SMALL LETTER A WITH DIAERESIS}"},
        "another's": {"csrf_token": Shopper(sonia.cloud).csrf_token()},
        "visitor": {"csrf_token": sonia.cookies[VISITOR]},
    }

    assert refused(sonia, tokens.get(token, {})) == []


def test_a_form_from_before_the_login_is_refused(sonia: Shopper) -> None:
    token = sonia.csrf_token()
    sonia.log_in()

    assert refused(sonia, {"csrf_token": token}) == []


def test_a_form_without_the_visitors_cookie_is_refused(sonia: Shopper) -> None:
    """The browser keeps no cookies, or another site makes it send a form."""
    token = sonia.csrf_token()
    sonia.cookies.clear()

    assert refused(sonia, {"csrf_token": token}) == []


def test_a_refused_form_explains_the_next_step(sonia: Shopper) -> None:
    page = text_of(sonia.send_as_is("/login", FIELDS))

    assert "Please send that once more" in page
    assert "Nothing was changed." in page


def test_a_form_from_this_browser_is_accepted(sonia: Shopper) -> None:
    """Otherwise the tests above would also pass if every form were refused."""
    sonia.log_in()

    assert sonia.send("/logout").status == 303


@pytest.mark.parametrize("path", ["/nothing-here", "/account/nothing", "/account/carts/x"])
def test_an_error_page_knows_its_visitor(sonia: Shopper, path: str) -> None:
    assert 'href="/login"' in sonia.open("/nothing-here").body
    sonia.log_in()

    page = sonia.open(path)

    assert page.status == 404
    assert "My account" in text_of(page)
    assert 'href="/login"' not in page.body
    token = page.body.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert sonia.send_as_is("/logout", {"csrf_token": token}).status == 303


def test_every_form_of_the_service_is_among_those_tried() -> None:
    assert len(FORMS) > 14
    known = {route.key for route in FORMS}
    assert {"POST /logout", "POST /account/delete", "POST /cart/items"} <= known


def test_a_cart_of_the_api_is_not_that_of_a_visitor_with_the_same_words(cloud: Cloud) -> None:
    """The browser's id is a secret that nobody can choose."""
    shopper = Shopper(cloud, {VISITOR: "guest-1"})
    item = {"data": {"type": "guest-cart-items", "attributes": {"sku": "tea-1", "quantity": 2}}}
    headers = {"x-anonymous-customer-unique-id": "guest-1"}

    assert id_of(cloud.post_json("/guest-cart-items", item, headers=headers))

    assert shopper.cart() == {}
    assert shopper.cookies[VISITOR] != "guest-1"
