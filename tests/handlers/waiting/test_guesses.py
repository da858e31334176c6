"""Guessing codes: few are compared, and a right one is no likelier than one in a hundred million.

What ``docs/limits.md`` says of codes is counted here.
"""

from datetime import timedelta

import pytest

from registration.adapters.secrets import SecretLinks
from registration.domain.links import CODE_DIGITS, LinkSigner, Purpose
from tests.conftest import MakeCloud
from tests.support.busy import BUSY, Always
from tests.support.clock import later, standing
from tests.support.cloud import Cloud
from tests.support.people.shoppers import Shopper
from tests.support.requests import customer_document

EMAIL = "sonia@example.com"


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that were compared with that of a mail."""
    seen: list[str] = []
    compare = SecretLinks.is_code

    def counted(links: SecretLinks, digits: str, *link: object) -> bool:
        seen.append(digits)
        return compare(links, digits, *link)  # type: ignore[arg-type]

    monkeypatch.setattr(SecretLinks, "is_code", counted)
    return seen


def signed_up(cloud: Cloud, email: str = EMAIL) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email).status == 303
    cloud.drain()
    return shopper


def guess(shopper: Shopper, token: str, code: str, address: str = "203.0.113.7") -> int:
    form = {"csrf_token": token, "code": code}
    shopper.address = address
    return shopper.send_as_is("/register/code", form).status


def test_a_browser_has_five_tries(cloud: Cloud, compared: list[str]) -> None:
    desk = signed_up(cloud)
    token = desk.csrf_token()

    statuses = [guess(desk, token, f"{n:08}") for n in range(30)]

    assert statuses == [422] * 5 + [429] * 25
    assert compared == [f"{n:08}" for n in range(5)]


def test_after_that_the_code_is_refused_and_the_link_works(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    token = desk.csrf_token()
    for n in range(5):
        guess(desk, token, f"{n:08}")

    refused = desk.send("/register/code", code=cloud.mails[-1].code)

    assert refused.status == 429
    assert "use the link in the email" in refused.body
    assert desk.open(cloud.mails[-1].link).location == "/login?notice=confirmed"


@pytest.mark.parametrize("what", ["a new mail", "another network", "an hour", "another cookie"])
def test_nothing_brings_new_tries_for_the_same_sign_up(
    cloud: Cloud, compared: list[str], what: str
) -> None:
    desk = signed_up(cloud)
    token = desk.csrf_token()
    for n in range(5):
        guess(desk, token, f"{n:08}")
    if what == "a new mail":
        desk.send("/register/new-mail")
    if what == "another cookie":
        # The same secret, beside another spelling of what was typed.
        secret = desk.cookies["__Host-sign_up"][:43]
        Shopper(cloud).sign_up("SONIA@example.com")
        desk.cookies["__Host-sign_up"] = secret + desk.cookies["__Host-sign_up"][43:]

    with later(timedelta(hours=1 if what == "an hour" else 0)):
        status = guess(desk, token, "00000009", "198.51.100.9" if "network" in what else "")

    assert status == 429
    assert len(compared) == 5


def test_an_address_has_as_many_tries_as_sign_ups(
    make_cloud: MakeCloud, compared: list[str]
) -> None:
    cloud = make_cloud(SignUpsPerEmail="3")
    with standing(timedelta(hours=1)):
        for _ in range(6):
            stranger = Shopper(cloud)
            stranger.sign_up(EMAIL)
            token = stranger.csrf_token()
            for n in range(8):
                guess(stranger, token, f"{n:08}")

    assert len(compared) <= 3 * 5


def test_a_network_has_its_limit_over_all_sign_ups(
    make_cloud: MakeCloud, compared: list[str]
) -> None:
    cloud = make_cloud(CodesPerClient="7")
    with standing(timedelta(hours=1)):
        for number in range(6):
            stranger = Shopper(cloud)
            stranger.sign_up(f"victim{number}@example.com")
            token = stranger.csrf_token()
            for n in range(4):
                guess(stranger, token, f"{n:08}")

    assert len(compared) == 7


def test_the_api_has_five_tries_for_a_reference(cloud: Cloud, compared: list[str]) -> None:
    answer = cloud.post_json("/customers", customer_document(email=EMAIL))
    references = answer.json["data"]["id"], "DE--nobody"

    def status(reference: str, code: str) -> int:
        attributes = {"code": code, "customerReference": reference}
        document = {"data": {"type": "customer-confirmation", "attributes": attributes}}
        return cloud.post_json("/customer-confirmation", document).status

    told = [[status(each, f"{n:08}") for n in range(10)] for each in references]

    assert told[0] == told[1] == [422] * 5 + [429] * 5
    assert len(compared) == 10


def test_a_try_that_cannot_be_counted_is_not_compared(cloud: Cloud, compared: list[str]) -> None:
    desk = signed_up(cloud)
    token = desk.csrf_token()
    cloud.on_call = Always(BUSY["away"])

    assert guess(desk, token, cloud.mails[-1].code) == 503
    assert compared == []


def test_codes_are_spread_evenly() -> None:
    """By chance alone: no digit and no pair of neighbours is likelier than another one."""
    signer = LinkSigner(["a key"])
    codes = [signer.code(Purpose.CONFIRM, f"DE--{n}", f"token{n}") for n in range(20_000)]

    assert {len(code) for code in codes} == {CODE_DIGITS}
    # Twenty thousand of a hundred million: some two pairs are equal.
    assert len(set(codes)) > 19_980
    for place in range(CODE_DIGITS):
        counts = [sum(code[place] == digit for code in codes) for digit in "0123456789"]
        # Five standard deviations of a binomial distribution: sqrt(20000 * 0.1 * 0.9) = 42.
        assert max(abs(count - 2_000) for count in counts) < 5 * 43


def test_a_code_is_for_one_purpose_customer_link_and_key() -> None:
    links = [
        ("a key", Purpose.CONFIRM, "DE--1", "token"),
        ("another key", Purpose.CONFIRM, "DE--1", "token"),
        ("a key", Purpose.RESET_PASSWORD, "DE--1", "token"),
        ("a key", Purpose.CHANGE_EMAIL, "DE--1", "token"),
        ("a key", Purpose.CONFIRM, "DE--2", "token"),
        ("a key", Purpose.CONFIRM, "DE--1", "token2"),
        ("a key", Purpose.CONFIRM, "DE--1token", ""),
    ]

    codes = {LinkSigner([key]).code(*link) for key, *link in links}  # type: ignore[arg-type]

    assert len(codes) == len(links)


def test_a_code_of_before_a_rotation_of_keys_is_right() -> None:
    code = LinkSigner(["old"]).code(Purpose.CONFIRM, "DE--1", "token")

    assert LinkSigner(["old", "new"]).is_code(code, Purpose.CONFIRM, "DE--1", "token")
    assert not LinkSigner(["new"]).is_code(code, Purpose.CONFIRM, "DE--1", "token")
