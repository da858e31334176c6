"""What each act of a customer may use: calls of AWS, units of DynamoDB, bytes of items and logs.

Counted from the calls, never timed. ``benchmarks/cost.py`` turns the same counts into dollars. The
directory's budget is in its own tests, that of an imported row in those of the import.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.support.calls.meter import Meter, Use
from tests.support.cloud import Cloud
from tests.support.mail.mailing import ses_event
from tests.support.people.accounts import confirmed, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import customer_document, key_document

# One write unit writes an item of a KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
KIB = 1024
EMAIL = "sonia@example.com"


@dataclass(frozen=True)
class Budget:
    """What an act may use at the most; its calls exactly."""

    calls: dict[str, int]
    write_units: int
    read_units: float
    logged: int


BUDGETS = {
    # The counter of the client; then customer, claim and mail, two units each, and the mail's place
    # in the index.
    "sign-up": Budget({"UpdateItem": 1, "GetItem": 1, "TransactWriteItems": 1}, 8, 1, 250),
    # The lease, the removal, and that from the index.
    "mail": Budget(
        {"UpdateItem": 1, "BatchGetItem": 1, "SendEmail": 1, "DeleteItem": 1}, 3, 2, 350
    ),
    "report": Budget({"UpdateItem": 1}, 1, 0, 400),
    # Customer and claim.
    "confirm": Budget({"GetItem": 1, "TransactWriteItems": 1}, 4, 1, 250),
    # The session, and the note that its client is known: neither needs the other.
    "log-in": Budget({"BatchGetItem": 1, "GetItem": 1, "BatchWriteItem": 1}, 2, 6, 250),
    # The client is known already.
    "log-in again": Budget({"BatchGetItem": 1, "GetItem": 1, "BatchWriteItem": 1}, 1, 6, 250),
}


def acts(cloud: Cloud, email: str) -> dict[str, Callable[[], object]]:
    """Return the acts of a customer, in their order."""
    document = customer_document(email=email)
    return {
        "sign-up": lambda: cloud.post_json("/customers", document),
        "mail": cloud.drain,
        "report": lambda: cloud.invoke(
            "RecordDeliveryFunction", ses_event("Delivery", cloud.mails[-1], datetime.now(UTC))
        ),
        "confirm": lambda: cloud.post_json(
            "/customer-confirmation", key_document(cloud.mails[-1].token)
        ),
        "log-in": lambda: sign_in(cloud, email),
        "log-in again": lambda: sign_in(cloud, email),
    }


@pytest.fixture
def used(cloud: Cloud) -> dict[str, Use]:
    """What each act uses, in functions that another customer has warmed."""
    for act in acts(cloud, "first@example.com").values():
        act()
    meter = Meter(cloud)
    return {name: meter.act(act) for name, act in acts(cloud, EMAIL).items()}


def test_an_act_keeps_within_its_budget(used: dict[str, Use]) -> None:
    assert used.keys() == BUDGETS.keys()
    for name, budget in BUDGETS.items():
        use = used[name]
        assert len(use.invocations) == 1, name
        # The quota of SES is asked for once a minute.
        called = Counter(call.operation for call in use.calls if call.operation != "GetAccount")
        assert called == budget.calls, name
        assert use.write_units <= budget.write_units, name
        assert use.read_units <= budget.read_units, name
        assert sum(len(each.printed) for each in use.invocations) <= budget.logged, name


def test_no_item_of_a_usual_customer_takes_a_second_write_unit(used: dict[str, Use]) -> None:
    # With room for a phone number, a company and a field or two of the shop's own.
    assert {name for name, use in used.items() if use.largest() > KIB - 128} == set()


def test_only_a_browser_that_was_here_is_looked_up(cloud: Cloud) -> None:
    confirmed(cloud, EMAIL)
    browser, looked_up = Shopper(cloud), []

    for _ in range(2):
        cloud.calls.clear()
        browser.log_in(EMAIL)
        (read,) = (c for c in cloud.calls if "LIMIT#" in str(c) and c.operation == "BatchGetItem")
        looked_up.append(len(read.parameters["RequestItems"][cloud.customers_table]["Keys"]))

    # The claim, and what strangers failed with; then what the browser did, and that it is known.
    assert looked_up == [3, 5]
