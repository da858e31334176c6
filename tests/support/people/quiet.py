"""Owners of addresses who say that they have not signed up, for tests."""

from collections.abc import Callable

from registration.domain.emails import EmailAddress
from tests.support.cloud import PUBLIC_URL, Answer, Call, Cloud
from tests.support.people.email_changes import mail_to
from tests.support.people.shoppers import Shopper
from tests.support.requests import customer_document
from tests.support.stack import Json

EMAIL = "sonia@example.com"
TICK = {"not_me": "true"}


def not_me_token(cloud: Cloud, email: str = EMAIL) -> str:
    """Send what waits; return the token of the second link in the newest mail to an address."""
    words = mail_to(cloud, email).text.split()
    (link,) = [word for word in words if word.startswith(f"{PUBLIC_URL}/not-me?token=")]
    return link.partition("token=")[2]


def say_not_me(cloud: Cloud, token: str) -> Answer:
    """Tick and press, in a new browser."""
    shopper = Shopper(cloud)
    return shopper.follow(shopper.send("/not-me", token=token, **TICK))


def sign_up(cloud: Cloud, email: str = EMAIL, **overrides: object) -> Answer:
    """Sign up with the API."""
    return cloud.post_json("/customers", customer_document(email=email, **overrides))


def quieted(cloud: Cloud, email: str = EMAIL) -> str:
    """Sign up, let the owner say that it was somebody else; return the answered reference."""
    reference = str(sign_up(cloud, email).json["data"]["id"])
    assert say_not_me(cloud, not_me_token(cloud, email)).status == 200
    return reference


def claim_on(cloud: Cloud, email: str = EMAIL) -> Json | None:
    """Return the item of the claim on an address."""
    key = f"EMAIL#{EmailAddress(email).normalised}"
    return next((i for i in cloud.items(cloud.customers_table, "claim") if i["PK"] == key), None)


def is_quiet(cloud: Cloud, email: str = EMAIL) -> bool:
    """Whether an address has a claim that keeps it quiet."""
    return "quiet_since" in (claim_on(cloud, email) or {})


def mails_to(cloud: Cloud, email: str = EMAIL) -> int:
    """Send what waits; return how many mails an address has got."""
    cloud.drain()
    cloud.sweep()
    return sum(mail.to.casefold() == email.casefold() for mail in cloud.mails)


def before_the_write(cloud: Cloud, act: Callable[[], object]) -> None:
    """Let something happen right before the next transaction."""

    def on_call(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            act()

    cloud.on_call = on_call


def lose_an_answer(cloud: Cloud) -> None:
    """Lose the answer to the next transaction: botocore sends it once more."""
    again = iter([True])
    cloud.asks_again = lambda call: call.operation == "TransactWriteItems" and next(again, False)
