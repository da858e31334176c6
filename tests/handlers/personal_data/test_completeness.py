"""Whatever is kept about a customer is in the file, or docs/data-model.md says why it is not.

Everything that the tables may hold about one customer is planted, with a value of its own in each
attribute. So an attribute that is added to an item is told, gets a reason, or fails this test.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.carts.items import cart_item, note_item
from registration.adapters.customers.sessions import session_item
from registration.adapters.dynamodb.items import customer_item, mail_item
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.mail.recipients import DynamoDBRecipients
from registration.adapters.mail.suppressions import DynamoDBSuppressions
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.domain.carts import Cart, Details, Guest, GuestCart, SignedIn
from registration.domain.customers import (
    Consent,
    Evidence,
    GivenConsent,
    ImportSource,
    LinkedEmail,
    Origin,
)
from registration.domain.emails import EmailAddress
from registration.domain.fields.own import Agreement
from registration.domain.mail.deliveries import Delivery, DeliveryStatus, Report
from registration.domain.mail.mails import Lane, Mail, MailKind
from registration.domain.profile import Gender, Profile, Salutation
from registration.domain.sessions import BrowserToken, Session
from registration.domain.staff.audit import AuditAction, AuditEntry, AuditOutcome
from tests.support.cloud import SESSION, Cloud
from tests.support.factories import PASSWORD, PASSWORD_HASH, a_verified_customer
from tests.support.people.shoppers import Shopper
from tests.support.stack import ROOT

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REFERENCE = "DE--Aa1Bb2Cc3Dd4Ee5F"
MODEL = (ROOT / "docs" / "data-model.md").read_text("utf-8")
LEFT_OUT = MODEL.partition("\n## The file of a customer")[2].partition("\n## ")[0]
REASONS = {
    (entity, attribute): reason
    for entity, attributes, reason in re.findall(
        r"^\| (\w+) \| (.+?) \| (.+?) \|$", LEFT_OUT, re.MULTILINE
    )
    for attribute in re.findall(r"`([\w.]+)`", attributes) or ["everything"]
    if entity != "entity"
}
KEYS = {"PK", "SK", "entity"}

pytestmark = pytest.mark.clock(NOW)


def at(minutes: int) -> datetime:
    """Return a time that stands nowhere else."""
    return NOW - timedelta(days=9) + timedelta(minutes=minutes)


def a_consent(name: str, number: int, withdrawn: int) -> GivenConsent:
    agreement = Agreement(name, f"{name}-version", f"{name}-sentence")
    return GivenConsent(agreement, a_proof(number), a_proof(withdrawn))


def a_proof(number: int) -> Evidence:
    return Evidence(at(number), f"192.0.2.{number}", f"Agent/{number}")


SIGN_UP = a_verified_customer(
    profile=Profile(
        salutation=Salutation.MR,
        first_name="Told-first",
        last_name="Told-last",
        gender=Gender.MALE,
        date_of_birth=date(1971, 1, 2),
        phone="+49 71",
        company="Told-company",
        locale="en_US",
        own={"a_text": "told-text", "a_number": 4500},
    ),
    password_hash="told-hash",
    browser="told-browser",
    guest_cart=GuestCart("told-guest-cart", Guest("told-guest")),
    consent=Consent(Origin.CHECKOUT, "told-terms", a_proof(1), terms_sentence="I accept it."),
    consents=(a_consent("told-letter", 5, 6),),
)
CUSTOMER = a_verified_customer(
    reference=REFERENCE,
    email=EmailAddress("Kept@example.com"),
    profile=Profile(
        salutation=Salutation.DR,
        first_name="Kept-first",
        last_name="Kept-last",
        gender=Gender.FEMALE,
        date_of_birth=date(1972, 1, 2),
        phone="+49 72",
        company="Kept-company",
        locale="de_DE",
        own={"a_text": "kept-text", "a_number": 4600.5},
    ),
    password_hash=PASSWORD_HASH,
    consent=Consent(Origin.IMPORT, "kept-terms", a_proof(2), a_proof(3), "I accepted it."),
    created_at=at(10),
    updated_at=at(11),
    expires_at=NOW + timedelta(minutes=12),
    browser="kept-browser",
    reset_token_id="reset-token",
    generation=4100,
    guest_cart=GuestCart("guest-cart", Guest("guest")),
    delivery=Delivery(DeliveryStatus.DELIVERED, at(13), "a-detail", "reset_password/reset-token"),
    sign_up=SIGN_UP,
    new_email=None,
    former_emails=(
        LinkedEmail(EmailAddress("former@example.com"), "former-token", at(14), at(15)),
    ),
    email_changed=a_proof(4),
    token_since=at(16),
    reset_token_since=at(17),
    reset_browser="reset-browser",
    imported=ImportSource("an-import", 4200, "2019-05-06"),
    consents=(a_consent("kept-letter", 7, 8), a_consent("kept-post", 70, 71)),
)
WAITING = LinkedEmail(EmailAddress("new@example.com"), "new-token", at(99), at(98), True)
TOKEN = BrowserToken.new(REFERENCE, "a-session")
ENDS = NOW + timedelta(minutes=20)
SESSION_KEPT = Session(REFERENCE, "a-session", TOKEN.digest, 4100, ENDS, at(21))
CART = Cart(
    cart_id="a-cart-id",
    owner=SignedIn(REFERENCE),
    items={"a-sku": 4300},
    details=Details("a-name", "a-currency", "a-store", "a-mode"),
    created_at=at(30),
    updated_at=at(31),
    expires_at=ENDS + timedelta(minutes=1),
    attempt_id="cart-attempt",
    version=4400,
)
MAIL = Mail(
    mail_id="a-mail",
    kind=MailKind.PASSWORD_CHANGED,
    to="written@example.com",
    locale="mail-locale",
    reference=REFERENCE,
    token_id="mail-token",
    promised_at=at(40),
    link_since=at(41),
    expires_at=ENDS + timedelta(minutes=2),
    salutation="mail-salutation",
    first_name="Mail-first",
    last_name="Mail-last",
    has_code=True,
    quiet_since=at(42),
)
ENTRY = AuditEntry(
    entry_id="an-entry",
    at=at(50),
    staff_id="a-staff-id",
    email="member@shop.example",
    action=AuditAction.EDITED_CUSTOMER,
    outcome=AuditOutcome.FAILED,
    client="198.51.100.50",
    customer=REFERENCE,
    import_id="entry-import",
    fields=("field-name",),
    reason="ReasonError",
)


@pytest.fixture
def planted(cloud: Cloud) -> Cloud:
    """All that the tables may hold about one customer."""
    dynamodb = clients.dynamodb()
    for item in (
        customer_item(replace(CUSTOMER, delivery=None)),
        session_item(SESSION_KEPT),
        cart_item(CART),
        note_item(CART.owner, CART.cart_id, at(32), ENDS + timedelta(minutes=3)),
    ):
        dynamodb.put_item(TableName=cloud.customers_table, Item=item)
    DynamoDBRecipients(cloud.customers_table).record(
        REFERENCE,
        Report(CUSTOMER.delivery, at(18), (CUSTOMER.email,)),  # type: ignore[arg-type]
    )
    DynamoDBAuditRecord(cloud.customers_table).write(ENTRY)
    outbox = DynamoDBOutbox(cloud.outbox_table)
    for mail in (MAIL, replace(MAIL, mail_id="parked-mail")):
        dynamodb.put_item(TableName=cloud.outbox_table, Item=mail_item(mail))
    outbox.park("parked-mail", "a reason to park")
    outbox.lease("a-mail", "a-lease", NOW)
    suppressions = DynamoDBSuppressions(cloud.customers_table)
    bounce = Delivery(DeliveryStatus.BOUNCED, at(60), "bounce-detail")
    suppressions.suppress(CUSTOMER.email, Report(bounce, at(61), (CUSTOMER.email,)))
    suppressions.hold(CUSTOMER.email, "held-mail")
    suppressions.lift(CUSTOMER.email, at(62))
    return cloud


def downloaded(cloud: Cloud) -> Any:
    answer = Shopper(cloud, {SESSION: str(TOKEN)}).send("/account/data", password=PASSWORD)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Find the values in an item or a document, each with its place."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}".strip("."))
    elif isinstance(value, list | set):
        for each in value:
            yield from leaves(each, path)
    else:
        yield path, value


def words(path: str, value: Any) -> str:
    """Return a stored value as the file tells it."""
    is_epoch = path.rpartition(".")[2] in {"expires_at", "token_since", "reset_token_since"}
    return datetime.fromtimestamp(int(value), UTC).isoformat() if is_epoch else str(value)


def left_out(cloud: Cloud, told: Any) -> set[tuple[str, str]]:
    """Return entity and place of each stored value that the file does not tell."""
    known = {str(value) for _, value in leaves(told)}
    items = [*cloud.items(cloud.customers_table), *cloud.items(cloud.outbox_table)]
    return {
        (item["entity"], path.replace(".a-sku", ""))
        for item in items
        for path, value in leaves(item)
        if path not in KEYS and words(path, value) not in known
    }


def unset(value: Any, path: str) -> Iterator[str]:
    """Find the fields of a dataclass that have no value."""
    if is_dataclass(value):
        for field in fields(value):
            yield from unset(getattr(value, field.name), f"{path}.{field.name}")
    elif value in (None, (), {}, 0, ""):
        yield path


def test_what_is_planted_has_every_field() -> None:
    values = {"customer": replace(CUSTOMER, new_email=WAITING), "session": SESSION_KEPT}
    values |= {"cart": CART, "mail": MAIL, "entry": ENTRY}

    found = {path for name, value in values.items() for path in unset(value, name)}

    # A sign-up tells nothing of these, and no item holds the last three.
    assert {path for path in found if not path.startswith("customer.sign_up.")} == {
        "session.note",
        "mail.withheld",
        "mail.own",
    }


def test_each_attribute_is_told_or_has_a_reason(planted: Cloud) -> None:
    missing = left_out(planted, downloaded(planted))

    reasons = {each for each in REASONS if each[1] != "everything"}
    assert missing == {each for each in reasons if not each[1].startswith("new_email.")}


def test_an_address_that_waits_is_told_without_its_token(planted: Cloud) -> None:
    item = customer_item(replace(CUSTOMER, new_email=WAITING))
    clients.dynamodb().put_item(TableName=planted.customers_table, Item=item)

    missing = left_out(planted, downloaded(planted))

    waiting = {path for entity, path in missing if path.startswith("new_email.")}
    assert waiting == {path for _, path in REASONS if path.startswith("new_email.")} != set()


def test_a_reminder_and_an_imports_mail_are_told(planted: Cloud) -> None:
    """They are in no part of the index that is read, and have the id of the newest link."""
    for lane in (Lane.REMINDERS, Lane.IMPORT):
        mail = replace(MAIL, mail_id=CUSTOMER.token_id, lane=lane, to=f"{lane}@example.com")
        clients.dynamodb().put_item(TableName=planted.outbox_table, Item=mail_item(mail))

        assert f"{lane}@example.com" in json.dumps(downloaded(planted)["mails"]["unsent"])


def test_each_kind_of_item_is_told_or_has_a_reason(planted: Cloud) -> None:
    documented = set(re.findall(r"^\| (\w+) \| `", MODEL.partition("## `outbox`")[0], re.MULTILINE))
    tables = planted.customers_table, planted.outbox_table
    told = {item["entity"] for table in tables for item in planted.items(table)}

    assert documented - told == {entity for entity, what in REASONS if what == "everything"}
    assert all(len(reason) > 5 for reason in REASONS.values())


def test_a_mail_to_somebody_else_is_not_told_whatever_its_id(planted: Cloud) -> None:
    mail = replace(MAIL, mail_id=CUSTOMER.token_id, reference="DE--other", to="other@example.com")
    clients.dynamodb().put_item(TableName=planted.outbox_table, Item=mail_item(mail))

    assert "other@example.com" not in json.dumps(downloaded(planted))
