"""The mail did not come: another one, from the page that waits."""

from datetime import timedelta

from tests.conftest import MakeCloud
from tests.support.clock import standing
from tests.support.cloud import Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.shoppers import Shopper, text_of

PAGE = "/register/almost-there"
EMAIL = "sonia@example.com"


def signed_up(cloud: Cloud, email: str = EMAIL, **fields: str) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email, **fields).status == 303
    cloud.drain()
    return shopper


def test_a_new_mail_comes_to_the_same_address(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    answer = desk.send("/register/new-mail")
    cloud.drain()

    assert answer.location == f"{PAGE}?sent=1"
    assert "A new email is on its way." in text_of(desk.open(answer.location))
    assert [mail.to for mail in cloud.mails] == [EMAIL, EMAIL]
    assert desk.open(cloud.mails[-1].link).location == "/login?notice=confirmed"


def test_the_limit_is_told_as_the_time_to_wait(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ResendsPerEmail="2", LimitMinutes="30")
    desk = signed_up(cloud)
    with standing(timedelta(hours=1)):
        sent = [desk.send("/register/new-mail").status for _ in range(2)]
        refused = desk.send("/register/new-mail")
        cloud.drain()

    wait = int(refused.headers["retry-after"])
    assert sent == [303, 303]
    assert refused.status == 429
    assert f"another one in {-(-wait // 60)} min." in text_of(refused)
    assert len(cloud.mails) == 3


def test_the_limit_of_the_network_is_told_on_the_page_too(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ResendsPerClient="1")
    desk, neighbour = signed_up(cloud), signed_up(cloud, "maria@example.com")
    with standing(timedelta(hours=1)):
        desk.send("/register/new-mail")
        refused = neighbour.send("/register/new-mail")

    assert refused.status == 429
    assert "maria@example.com" in text_of(refused)


def test_a_known_address_is_refused_after_as_many(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ResendsPerEmail="2")
    confirmed(cloud, EMAIL)
    browsers = signed_up(cloud), signed_up(cloud, "maria@example.com")

    with standing(timedelta(hours=1)):
        told = [[each.send("/register/new-mail").status for _ in range(4)] for each in browsers]

    assert told == [[303, 303, 429, 429]] * 2


def test_strangers_do_not_use_up_the_limit_of_a_browser(make_cloud: MakeCloud) -> None:
    """They use up that of the address: then nothing is sent, and nobody is told."""
    cloud = make_cloud(ResendsPerEmail="1")
    desk = signed_up(cloud)
    with standing(timedelta(hours=1)):
        cloud.post_form("/confirm/new-link", {"email": EMAIL})
        assert desk.send("/register/new-mail").status == 303


def test_a_browser_that_has_forgotten_the_sign_up_is_asked_for_the_address(cloud: Cloud) -> None:
    shopper = Shopper(cloud)

    assert shopper.send("/register/new-mail").location == "/confirm/new-link"
    assert "/confirm/new-link" in shopper.open(PAGE).body
