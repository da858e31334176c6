"""The mail did not come: the address takes none, and who signed up with it reads that."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cloud import Answer, Cloud
from tests.support.mail.mailing import ses_event
from tests.support.people.accounts import confirmed
from tests.support.people.shoppers import Shopper, text_of

PAGE, STATE = "/register/almost-there", "/register/state"
EMAIL, MISTYPED = "sonia@example.com", "sonja@example.com"
NO_MAIL = "This address takes no email"


def signed_up(cloud: Cloud, email: str = EMAIL, **fields: str) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email, **fields).status == 303
    cloud.drain()
    return shopper


def correct(desk: Shopper, email: str = EMAIL, **fields: str) -> Answer:
    """Sign up with another address, from the page that waits."""
    return desk.sign_up(email, again="1", **fields)


def bounce(cloud: Cloud, kind: str = "Bounce", **more: object) -> None:
    sent_at = datetime.now(UTC) - timedelta(minutes=1)
    cloud.invoke("RecordDeliveryFunction", ses_event(kind, cloud.mails[-1], sent_at, **more))


def told(shopper: Shopper) -> tuple[str, bool]:
    answer: Answer = shopper.open(STATE)
    return str(answer.json["state"]), NO_MAIL in text_of(shopper.open(PAGE))


@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_who_signed_up_here_reads_that_the_address_takes_no_mail(cloud: Cloud, kind: str) -> None:
    desk = signed_up(cloud)
    assert told(desk) == ("waiting", False)

    bounce(cloud, kind)

    assert told(desk) == ("undelivered", True)


def known_before(cloud: Cloud) -> Shopper:
    confirmed(cloud, EMAIL)
    return signed_up(cloud)


def replaced(cloud: Cloud) -> Shopper:
    shopper = signed_up(cloud)
    signed_up(cloud)
    return shopper


def nobody(cloud: Cloud) -> Shopper:
    signed_up(cloud)
    return Shopper(cloud)


@pytest.mark.parametrize("browser", [known_before, replaced, nobody])
def test_nobody_else_reads_it(cloud: Cloud, browser: Callable[[Cloud], Shopper]) -> None:
    shopper = browser(cloud)

    bounce(cloud)

    assert told(shopper) == ("waiting", False)


def test_an_address_that_was_suppressed_before_is_told_at_once(cloud: Cloud) -> None:
    signed_up(cloud)
    bounce(cloud)

    assert told(signed_up(cloud)) == ("undelivered", True)


def test_another_address_is_the_way_on(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED)
    bounce(cloud)

    correct(desk)
    cloud.drain()

    assert told(desk) == ("waiting", False)
    assert desk.send("/register/code", code=cloud.mails[-1].code).status == 303
