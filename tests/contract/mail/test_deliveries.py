"""The ports ``Recipients`` and ``Suppressions``: the fakes and DynamoDB obey the same rules."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.mail.recipients import DynamoDBRecipients
from registration.adapters.mail.suppressions import DynamoDBSuppressions
from registration.application.mail.ports import Recipients, Suppressions
from registration.domain.claims import claim_of
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Delivery, DeliveryStatus, Report
from tests.fakes.mail import FakeRecipients, FakeSuppressions
from tests.support.cloud import Cloud
from tests.support.factories import NOW, a_customer, a_mail

ADA = EmailAddress("Ada@example.com")
REFERENCE = a_customer().reference


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_report(status: str, at: float = 1, sent: float = 0, **overrides: Any) -> Report:
    delivery = Delivery(DeliveryStatus(status), NOW + minutes(at), "detail", "kind/mail-1")
    values: dict[str, Any] = {
        "reference": REFERENCE,
        "sent_at": NOW + minutes(sent),
        "recipients": (ADA,),
    }
    return Report(delivery, **values | overrides)


@dataclass
class World:
    """The two ports on the same data, and a way to add a customer."""

    recipients: Recipients
    suppressions: Suppressions
    cloud: Cloud | None = None

    def put(self, customer: Customer) -> None:
        if isinstance(self.recipients, FakeRecipients):
            self.recipients.customers[customer.reference] = customer
        else:
            assert self.cloud
            for item in (items.customer_item(customer), items.claim_item(claim_of(customer))):
                clients.dynamodb().put_item(TableName=self.cloud.customers_table, Item=item)

    def record(self, *reports: Report) -> list[bool]:
        return [self.recipients.record(REFERENCE, report) for report in reports]

    def delivery(self) -> Delivery | None:
        customer = self.recipients.of(a_mail()).customer
        return customer.delivery if customer else None


@pytest.fixture(params=["fake", "dynamodb"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        suppressions = FakeSuppressions()
        return World(FakeRecipients({}, suppressions), suppressions)
    cloud: Cloud = request.getfixturevalue("cloud")
    table = cloud.customers_table
    return World(DynamoDBRecipients(table), DynamoDBSuppressions(table), cloud)


def test_a_mail_is_for_a_customer_and_an_address(world: World) -> None:
    nobody = world.recipients.of(a_mail())
    assert (nobody.customer, nobody.suppression) == (None, None)
    world.put(a_customer())
    world.suppressions.suppress(ADA, a_report("bounced"))

    recipient = world.recipients.of(a_mail(to="ADA@example.com"))

    assert recipient.customer == a_customer()
    assert recipient.is_suppressed


def test_an_address_leads_to_its_customer(world: World) -> None:
    world.put(a_customer())

    assert world.recipients.reference_of(a_customer().email) == REFERENCE
    assert world.recipients.reference_of(EmailAddress("nobody@example.com")) is None


def test_a_delivery_is_recorded_on_its_customer(world: World) -> None:
    world.put(a_customer())

    assert world.record(a_report("delivered")) == [True]

    assert world.delivery() == a_report("delivered").delivery


def test_nothing_is_recorded_on_an_unknown_customer(world: World) -> None:
    assert world.record(a_report("delivered")) == [False]
    assert world.delivery() is None


def test_nothing_is_recorded_on_an_anonymised_customer(cloud: Cloud) -> None:
    left: items.Item = {
        **keys.customer(REFERENCE),
        "entity": {"S": "anonymised_customer"},
    }
    clients.dynamodb().put_item(TableName=cloud.customers_table, Item=left)

    assert not DynamoDBRecipients(cloud.customers_table).record(REFERENCE, a_report("bounced"))

    (item,) = cloud.items(cloud.customers_table)
    assert "delivery" not in item


SOFT = replace(a_report("bounced", at=9), passing=True)
OF_ONE_MAIL = [
    SOFT,
    a_report("delivered", at=3),
    a_report("bounced", at=2),
    a_report("complained", at=5),
]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_of_one_mail_the_gravest_report_counts_in_any_order(world: World, count: int) -> None:
    reports = OF_ONE_MAIL[:count]
    for number, order in enumerate(permutations(reports)):
        world.put(replace(a_customer(), delivery=None, updated_at=NOW + minutes(number)))

        world.record(*order, *order)

        assert world.delivery() == reports[-1].delivery


def test_a_report_told_twice_is_no_news(world: World) -> None:
    world.put(a_customer())

    assert world.record(a_report("bounced"), a_report("bounced")) == [True, False]


def test_an_older_mails_report_does_not_hide_a_newer_ones(world: World) -> None:
    newer = a_report("delivered", at=20, sent=10)
    older = a_report("complained", at=30, sent=0)
    for order in permutations([newer, older]):
        world.put(replace(a_customer(), delivery=None))

        world.record(*order)

        assert world.delivery() == newer.delivery


def test_an_address_is_suppressed_however_it_is_written(world: World) -> None:
    assert world.suppressions.of(ADA) is None

    assert world.suppressions.suppress(ADA, a_report("bounced"))

    found = world.suppressions.of(EmailAddress("ada@example.com"))
    assert found
    assert found.holds
    assert (found.status, found.at) == (DeliveryStatus.BOUNCED, NOW + minutes(1))
    assert world.suppressions.of(EmailAddress("ida@example.com")) is None


def test_the_latest_report_is_why_in_any_order(world: World) -> None:
    reports = [a_report("bounced", at=1), a_report("complained", at=2), a_report("bounced", at=1)]
    for number, order in enumerate(permutations(reports)):
        email = EmailAddress(f"ada{number}@example.com")
        for report in order:
            world.suppressions.suppress(email, report)

        found = world.suppressions.of(email)
        assert found
        assert (found.status, found.at) == (DeliveryStatus.COMPLAINED, NOW + minutes(2))


def test_staffs_word_counts_until_there_is_news(world: World) -> None:
    world.suppressions.suppress(ADA, a_report("bounced", at=1))
    world.suppressions.lift(ADA, NOW + minutes(5))
    assert not lifted(world).holds

    assert not world.suppressions.suppress(ADA, a_report("bounced", at=1))
    assert not world.suppressions.suppress(ADA, a_report("complained", at=4))
    assert not lifted(world).holds
    assert world.suppressions.suppress(ADA, a_report("bounced", at=6))
    assert lifted(world).holds


def lifted(world: World) -> Any:
    return world.suppressions.of(ADA)


def test_an_address_never_suppressed_stays_unknown(world: World) -> None:
    assert world.suppressions.lift(ADA, NOW) == frozenset()
    world.suppressions.forget_held(ADA, ["mail-1"])
    world.suppressions.forget_held(ADA, [])

    assert world.suppressions.of(ADA) is None


def test_mails_to_be_parked_are_remembered_for_staff(world: World) -> None:
    world.suppressions.suppress(ADA, a_report("bounced", at=1))
    assert world.suppressions.hold(ADA, "mail-1")
    assert world.suppressions.hold(ADA, "mail-2")
    assert world.suppressions.hold(ADA, "mail-2")

    assert world.suppressions.lift(ADA, NOW + minutes(5)) == {"mail-1", "mail-2"}
    assert world.suppressions.lift(ADA, NOW + minutes(6)) == {"mail-1", "mail-2"}
    world.suppressions.forget_held(ADA, ["mail-1", "mail-2"])

    assert world.suppressions.lift(ADA, NOW + minutes(7)) == frozenset()


@pytest.mark.parametrize("known", [False, True])
def test_no_mail_is_parked_that_staff_would_not_find(world: World, known: bool) -> None:
    if known:
        world.suppressions.suppress(ADA, a_report("bounced", at=1))
        world.suppressions.lift(ADA, NOW + minutes(5))

    assert not world.suppressions.hold(ADA, "mail-1")


def test_no_item_says_which_address_is_suppressed(cloud: Cloud) -> None:
    DynamoDBSuppressions(cloud.customers_table).suppress(ADA, a_report("bounced"))

    assert "example.com" not in str(cloud.state()).lower()
