"""The page that waits goes on once the address is confirmed elsewhere."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import MakeCloud
from tests.support.clock import later, standing
from tests.support.cloud import Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.quiet import quieted
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD, customer_document, key_document, review_form

PAGE, STATE = "/register/almost-there", "/register/state"
SIGN_UP = "__Host-sign_up"
EMAIL = "sonia@example.com"


def signed_up(cloud: Cloud, email: str = EMAIL, **fields: str) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email, **fields).status == 303
    cloud.drain()
    return shopper


def state(shopper: Shopper) -> str:
    answer = shopper.open(STATE)
    assert answer.status == 200
    return str(answer.json["state"])


def by_password(cloud: Cloud) -> None:
    phone = Shopper(cloud)
    assert phone.send("/confirm", token=cloud.mails[-1].token, password=PASSWORD).status == 303


def by_key(cloud: Cloud) -> None:
    document = key_document(cloud.mails[-1].token)
    assert cloud.post_json("/customer-confirmation", document).status == 204


def by_new_password(cloud: Cloud) -> None:
    phone, form = Shopper(cloud), review_form("another sturdy teapot orbiT")
    assert phone.send("/confirm", token=cloud.mails[-1].token, **form).status == 303


def test_the_page_says_where_the_mail_went(cloud: Cloud) -> None:
    desk = signed_up(cloud, "Sonia+shop@example.com")

    assert "Sonia+shop@example.com" in text_of(desk.open(PAGE))


@pytest.mark.parametrize("confirm", [by_password, by_key])
def test_the_page_goes_on_once_the_sign_up_is_confirmed_elsewhere(
    cloud: Cloud, confirm: Callable[[Cloud], None]
) -> None:
    desk = signed_up(cloud)
    assert state(desk) == "waiting"
    assert desk.open(PAGE).status == 200

    confirm(cloud)

    assert state(desk) == "confirmed"
    assert desk.open(f"{PAGE}?looked=1").location == "/login?notice=confirmed"
    assert SIGN_UP not in desk.cookies


def test_from_the_checkout_it_goes_on_to_the_checkout(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.add("apple")
    desk.sign_up(**{"from": "checkout"})
    cloud.drain()

    by_password(cloud)

    assert desk.open(PAGE).location == "/login?notice=confirmed&to=checkout"
    desk.log_in()
    assert desk.cart() == {"apple": "1"}


def test_a_sign_up_that_the_owner_confirms_anew_is_told_nothing(cloud: Cloud) -> None:
    """The owner has chosen another password: who signed up may be a stranger."""
    stranger = signed_up(cloud)

    by_new_password(cloud)

    assert state(stranger) == "waiting"
    assert stranger.open(PAGE).status == 200


def test_the_page_tells_that_it_has_looked(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    assert "not confirmed yet" in text_of(desk.open(f"{PAGE}?looked=1"))


def known(cloud: Cloud) -> Shopper:
    confirmed(cloud, EMAIL)
    return signed_up(cloud)


def quiet(cloud: Cloud) -> Shopper:
    quieted(cloud, EMAIL)
    return signed_up(cloud)


def replaced(cloud: Cloud) -> Shopper:
    shopper = signed_up(cloud)
    signed_up(cloud)
    by_password(cloud)
    return shopper


def with_another_secret(cloud: Cloud) -> Shopper:
    shopper = signed_up(cloud)
    by_password(cloud)
    shopper.cookies[SIGN_UP] = "x" * 43 + shopper.cookies[SIGN_UP][43:]
    return shopper


def without_cookie(cloud: Cloud) -> Shopper:
    signed_up(cloud)
    by_password(cloud)
    return Shopper(cloud)


@pytest.mark.parametrize("browser", [known, quiet, replaced, with_another_secret, without_cookie])
def test_no_other_browser_learns_of_the_confirmation(
    cloud: Cloud, browser: Callable[[Cloud], Shopper]
) -> None:
    assert state(browser(cloud)) == "waiting"


def test_a_known_address_looks_like_a_new_one_byte_for_byte(cloud: Cloud) -> None:
    confirmed(cloud, EMAIL)
    new, old = signed_up(cloud, "maria@example.com"), signed_up(cloud)

    for target in (STATE, PAGE, f"{PAGE}?looked=1", f"{PAGE}?sent=1"):
        told = [shopper.open(target) for shopper in (new, old)]
        bodies = [
            answer.body.replace("maria@", "sonia@").replace(shopper.csrf_token(), "")
            for answer, shopper in zip(told, (new, old), strict=True)
        ]
        assert bodies[0] == bodies[1]
        assert told[0].headers == told[1].headers


def test_nobody_keeps_the_state(cloud: Cloud) -> None:
    headers = signed_up(cloud).open(STATE).headers

    assert headers["cache-control"] == "no-store"
    assert "cookie" in headers["vary"].lower()


def test_a_browser_without_a_sign_up_costs_no_read(cloud: Cloud) -> None:
    cloud.calls.clear()

    assert state(Shopper(cloud)) == "waiting"
    assert cloud.calls == []


def test_asking_costs_one_read(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    cloud.calls.clear()

    state(desk)

    (call,) = cloud.calls
    assert call.operation == "BatchGetItem"
    (request,) = call.parameters["RequestItems"].values()
    assert request["ConsistentRead"] is False


def test_over_that_the_page_itself_looks_at_nothing(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    with standing(timedelta(minutes=5)):
        for _ in range(125):
            desk.open(STATE)
        cloud.calls.clear()
        page = desk.open(f"{PAGE}?looked=1")

    assert page.status == 200
    assert cloud.calls == []


def test_a_code_typed_after_the_phone_has_confirmed_leads_to_the_checkout(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.add("apple")
    desk.sign_up(**{"from": "checkout"})
    cloud.drain()
    code = cloud.mails[-1].code
    by_password(cloud)

    answer = desk.send("/register/code", code=code)

    assert answer.location == "/login?notice=confirmed&to=checkout"


def test_asking_too_often_is_refused_without_a_read(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    with standing(timedelta(minutes=5)):
        answers = [desk.open(STATE) for _ in range(200)]
        cloud.calls.clear()
        refused = desk.open(STATE)

    assert [answer.status for answer in answers].count(200) == 120
    assert (refused.status, refused.headers["retry-after"]) == (429, "60")
    assert cloud.calls == []
    with later(timedelta(minutes=7)):
        assert state(desk) == "waiting"


def nobody(_cloud: Cloud) -> None:
    """Nobody has signed up."""


def of(form: object) -> str:
    return "x" * 43 + "." + base64.urlsafe_b64encode(json.dumps(form).encode()).decode()


@pytest.mark.parametrize(
    "cookie",
    [
        "x" * 43,
        "x" * 43 + ".",
        "x" * 43 + ".!!!",
        "x" * 43 + "." + "é",
        of([]),
        of({"email": 1}),
        of({"email": "nobody"}),
        of({"email": "a@b.de" * 100}),
        of({"email": "<script>@example.com", "first_name": {"a": 1}}),
        of("[" * 1_000),
        of({"email": "a@example.com", "first_name": "\ud800"}),
        of({"email": "\udfff@example.com"}),
        "x" * 43 + "." + base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
@pytest.mark.parametrize("target", [PAGE, STATE, "/register?again=1"])
def test_a_cookie_that_is_not_ours_is_nothing(cloud: Cloud, cookie: str, target: str) -> None:
    answer = Shopper(cloud, {SIGN_UP: cookie}).open(target)

    assert answer.status == 200
    assert "<script>@" not in answer.body


def test_the_page_asks_as_long_as_the_link_works(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ConfirmLinkHours="5")

    assert f'data-seconds="{5 * 3600}"' in signed_up(cloud).open(PAGE).body


def unconfirmed(cloud: Cloud) -> Shopper:
    cloud.post_json("/customers", customer_document(email=EMAIL))
    return signed_up(cloud)


def abandoned(cloud: Cloud) -> Shopper:
    shopper = signed_up(cloud)
    signed_up(cloud)
    return shopper


def expired(cloud: Cloud) -> Shopper:
    with standing(-timedelta(days=100)):
        signed_up(cloud)
    return signed_up(cloud)


@pytest.mark.parametrize("kind", [known, unconfirmed, abandoned, expired, quiet])
@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (PAGE, None),
        (STATE, None),
        ("/register/code", {"code": "00000000"}),
        ("/register/new-mail", {}),
        ("/register", {"email": "other@example.com"}),
    ],
)
def test_every_address_costs_the_same_calls(
    cloud: Cloud,
    kind: Callable[[Cloud], Shopper],
    target: str,
    fields: dict[str, str] | None,
) -> None:
    def calls(shopper: Shopper) -> list[tuple[str, int]]:
        token = shopper.csrf_token()
        cloud.calls.clear()
        if fields is None:
            shopper.open(target)
        elif target == "/register":
            shopper.sign_up(**fields, again="1")
        else:
            shopper.send_as_is(target, {"csrf_token": token, **fields})
        return [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]

    # The keys of links are fetched with the first code that a process sees.
    signed_up(cloud, "first@example.com").send("/register/code", code="00000000")

    found, usual = calls(kind(cloud)), calls(signed_up(cloud, "usual@example.com"))

    assert found == usual
    assert found


@pytest.mark.parametrize("kind", [known, unconfirmed, quiet, nobody])
def test_every_reference_costs_the_api_the_same_calls(
    cloud: Cloud, kind: Callable[[Cloud], object]
) -> None:
    def calls(reference: str) -> list[str]:
        attributes = {"code": "00000000", "customerReference": reference}
        document = {"data": {"type": "customer-confirmation", "attributes": attributes}}
        cloud.calls.clear()
        assert cloud.post_json("/customer-confirmation", document).status == 422
        return [call.operation for call in cloud.calls]

    kind(cloud)
    told = cloud.post_json("/customers", customer_document(email=EMAIL)).json["data"]["id"]
    calls("DE--first")  # the keys of links are fetched with it

    assert calls(told) == calls("DE--nobody") == ["UpdateItem", "UpdateItem", "GetItem"]
