"""Customers download all that is kept about them: for themselves, and nothing of anybody else."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.carts.items import cart_item, note_item
from registration.adapters.customers.sessions import session_item
from registration.domain.carts import SignedIn
from registration.domain.sessions import RefreshToken, Session
from tests.conftest import MakeCloud
from tests.support.clock import let_pass
from tests.support.cloud import SESSION, Answer, Cloud
from tests.support.mail.mailing import ses_event
from tests.support.people.accounts import confirmed
from tests.support.people.carts import a_cart
from tests.support.people.quiet import not_me_token, quieted, say_not_me
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD

NOW = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
PATH = "/account/data"

pytestmark = pytest.mark.clock(NOW)


def logged_in(cloud: Cloud, email: str = "sonia@example.com") -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.log_in(email).status == 303
    return shopper


@pytest.fixture
def sonia(cloud: Cloud) -> Shopper:
    """A logged-in customer, who has a phone."""
    confirmed(cloud, phone="+49 30 1234567")
    return logged_in(cloud)


def downloaded(shopper: Shopper) -> Any:
    answer = shopper.send(PATH, password=PASSWORD)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


# The page


def test_the_page_says_what_is_in_the_file_and_asks_for_the_password(sonia: Shopper) -> None:
    before = sonia.cloud.state()

    page = sonia.open(PATH)

    assert page.status == 200
    for told in ("profile", "terms", "carts", "emails", "devices", "staff"):
        assert told in text_of(page)
    assert 'autocomplete="current-password"' in page.body
    assert "application/json" not in page.body
    assert f'href="{PATH}"' in sonia.open("/account").body
    assert sonia.cloud.state() == before


def test_in_german_too(sonia: Shopper) -> None:
    german = {"accept-language": "de"}

    page = sonia.cloud.get_page(PATH, headers=german, cookies=sonia.cookies)

    assert "Meine Daten" in text_of(page)


def test_a_visitor_is_led_to_the_login(cloud: Cloud) -> None:
    for answer in (Shopper(cloud).open(PATH), Shopper(cloud).send(PATH, password=PASSWORD)):
        assert (answer.status, answer.location) == (303, "/login?notice=log-in-first&to=account")


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_there_is_nothing(sonia: Shopper, password: str) -> None:
    answer = sonia.send(PATH, password=password)

    assert answer.status == 400
    assert "This is not the right password." in text_of(answer)
    assert "1234567" not in answer.body
    assert "content-disposition" not in answer.headers


def test_a_form_from_elsewhere_gets_nothing(sonia: Shopper) -> None:
    answer = sonia.send_as_is(PATH, {"password": PASSWORD})

    assert answer.status == 403
    assert "1234567" not in answer.body


def test_guesses_count_together_with_those_on_other_pages(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3")
    confirmed(cloud)
    sonia = logged_in(cloud)
    paths = (PATH, "/account/delete", PATH)

    tried = [sonia.send(path, password="wrong").status for path in paths]

    assert tried == [400, 400, 400]
    assert sonia.send(PATH, password=PASSWORD).status == 429


# The file


def test_the_file_is_one_to_keep_that_nobody_caches(sonia: Shopper) -> None:
    answer = sonia.send(PATH, password=PASSWORD)

    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_file_holds_the_account_in_a_fixed_order(sonia: Shopper) -> None:
    sonia.add("mug-stoneware", 3)

    told = downloaded(sonia)

    assert list(told)[:4] == ["format", "exportedAt", "customerReference", "status"]
    assert (told["format"], told["exportedAt"]) == (1, "2026-11-22T12:01:00+00:00")
    assert told["customerReference"] == sonia.cloud.customers()[0]["reference"]
    assert (told["status"], told["email"]) == ("verified", "sonia@example.com")
    assert (told["firstName"], told["lastName"], told["company"]) == ("Sonia", "Torres", None)
    assert told["phone"] == "+49 30 1234567"
    consent = told["consent"]
    assert consent["origin"] == "api"
    assert consent["termsVersion"]
    assert consent["signedUp"]["at"] == consent["confirmed"]["at"] == "2026-11-22T12:01:00+00:00"
    assert consent["signedUp"]["networkAddress"]
    (cart,) = told["carts"]
    assert cart["items"] == [{"sku": "mug-stoneware", "quantity": 3}]
    (session,) = told["sessions"]
    assert session["beganAt"] == "2026-11-22T12:01:00+00:00"
    assert session["endsAt"] == "2026-12-22T12:01:00+00:00"
    assert told["incomplete"] == []
    assert list(told) == list(downloaded(sonia))


def test_no_secret_is_in_the_file(sonia: Shopper) -> None:
    sonia.send("/forgot-password", email="sonia@example.com")
    sonia.send("/account/email", email="new@example.org", password=PASSWORD)
    (customer,) = sonia.cloud.customers()
    (session,) = sonia.cloud.items(sonia.cloud.customers_table, "session")

    told = json.dumps(downloaded(sonia))

    secrets = [*(value for name, value in customer.items() if "token_id" in name)]
    secrets += [customer["password_hash"], customer["new_email"]["token_id"], session["digest"]]
    secrets += [customer["reset_browser"], session["session_id"], PASSWORD]
    secrets += [value.rpartition(".")[2] for value in sonia.cookies.values()]
    assert len(secrets) > 8
    assert [secret for secret in secrets if secret in told] == []


def test_nothing_of_another_customer_is_in_the_file(sonia: Shopper) -> None:
    confirmed(sonia.cloud, "anna@example.net", firstName="Annabel", phone="+49 40 77")
    anna = logged_in(sonia.cloud, "anna@example.net")
    anna.add("vase-blue", 5)
    sonia.add("mug-stoneware")
    # As if a note of hers led to a cart that went to somebody else.
    (cart,) = [
        each
        for each in sonia.cloud.items(sonia.cloud.customers_table, "cart")
        if "vase-blue" in each["items"]
    ]
    reference = reference_of(sonia.cloud, "sonia@example.com")
    note = note_item(SignedIn(reference), cart["PK"].removeprefix("CART#"), NOW, None)
    clients.dynamodb().put_item(TableName=sonia.cloud.customers_table, Item=note)

    told = json.dumps(downloaded(sonia))

    for foreign in ("anna@", "Annabel", "40 77", "vase-blue"):
        assert foreign not in told
    assert "mug-stoneware" in told


def reference_of(cloud: Cloud, email: str) -> str:
    return next(str(c["reference"]) for c in cloud.customers() if c["email"] == email)


# What mails tell of others' addresses

FREE, TAKEN, QUIET = "free@example.net", "used@example.net", "rest@example.net"


def asked_for(shopper: Shopper, email: str) -> None:
    answer = shopper.send("/account/email", email=email, password=PASSWORD)
    assert answer.status == 303, answer.body


def reported(cloud: Cloud, kind: str, to: str) -> None:
    for mail in [mail for mail in cloud.mails if mail.to == to][-1:]:
        cloud.invoke("RecordDeliveryFunction", ses_event(kind, mail, datetime.now(UTC)))


@pytest.mark.parametrize("then", ["waits", "is sent", "Delivery", "Bounce"])
@pytest.mark.parametrize("other", [TAKEN, QUIET])
def test_the_file_does_not_tell_whether_somebody_has_an_address(
    make_cloud: MakeCloud, other: str, then: str
) -> None:
    """An address that is asked for waits in the file, and the mail to it never does."""
    cloud = make_cloud(ExistingEmail="conceal")
    confirmed(cloud, TAKEN)
    quieted(cloud, QUIET)
    files = []
    for own, email in (("one@example.com", FREE), ("two@example.com", other)):
        reference = confirmed(cloud, own)
        if then == "Bounce":
            # The report on a mail of one's own must not be replaced either.
            reported(cloud, "Delivery", own)
            let_pass(timedelta(minutes=1))
        shopper = logged_in(cloud, own)
        asked_for(shopper, email)
        if then != "waits":
            cloud.drain()
        if then not in {"waits", "is sent"}:
            reported(cloud, then, email)
        text = re.sub(r"2026-1\d-\d\dT[\d:.+]+", "a time", json.dumps(downloaded(shopper)))
        for name, value in (("reference", reference), ("own", own), ("asked", email)):
            text = text.replace(value, name)
        files.append(text)

    assert files[0] == files[1]
    assert '"email": "asked"' in files[0]


def test_a_report_on_ones_own_mail_is_in_the_file(sonia: Shopper) -> None:
    sonia.send("/forgot-password", email="sonia@example.com")
    waiting = downloaded(sonia)["mails"]
    sonia.cloud.drain()
    reported(sonia.cloud, "Bounce", "sonia@example.com")

    mails = downloaded(sonia)["mails"]

    (mail,) = waiting["unsent"]
    assert (mail["kind"], mail["to"]) == ("reset_password", "sonia@example.com")
    assert (mail["promisedAt"], mail["parked"]) == ("2026-11-22T12:01:00+00:00", None)
    assert mails["unsent"] == []
    assert mails["lastReport"]["status"] == mails["suppression"]["status"] == "bounced"


def test_a_report_on_an_address_that_turned_out_to_be_anothers_is_not_told(sonia: Shopper) -> None:
    asked_for(sonia, FREE)
    sonia.cloud.drain()
    reported(sonia.cloud, "Delivery", FREE)
    say_not_me(sonia.cloud, not_me_token(sonia.cloud, FREE))

    told = downloaded(sonia)

    assert told["emailChanges"]["waiting"] is None
    assert told["mails"]["lastReport"] is None


# How much it may be


def test_a_long_list_is_cut_and_the_file_says_so(sonia: Shopper) -> None:
    table, reference = sonia.cloud.customers_table, reference_of(sonia.cloud, "sonia@example.com")
    owner = SignedIn(reference)
    for number in range(101):
        since = NOW - timedelta(minutes=number)
        cart = a_cart(cart_id=f"{number:036}", owner=owner, expires_at=None, items={"mug": 1})
        for item in (cart_item(cart), note_item(owner, cart.cart_id, since, None)):
            clients.dynamodb().put_item(TableName=table, Item=item)
    for number in range(1000):
        session = Session.begin(RefreshToken.new(reference, f"s-{number}"), 0, NOW)
        clients.dynamodb().put_item(TableName=table, Item=session_item(session))

    told = downloaded(sonia)

    assert len(told["sessions"]) == 1000
    assert len(told["carts"]) == 100
    assert told["incomplete"] == ["sessions", "carts"]


def test_few_calls_make_the_file(sonia: Shopper) -> None:
    sonia.add("mug-stoneware")
    token = sonia.csrf_token()
    sonia.cloud.calls.clear()

    answer: Answer = sonia.send_as_is(PATH, {"csrf_token": token, "password": PASSWORD})

    assert answer.status == 200
    made = [call.operation for call in sonia.cloud.calls if call.service == "dynamodb"]
    # Session and customer, the password's counters; then what docs/data-model.md counts.
    assert made[:2] == ["BatchGetItem"] * 2
    assert sorted(made[2:]) == ["BatchGetItem"] * 2 + ["GetItem"] + ["Query"] * 11
    assert sonia.cookies[SESSION]
