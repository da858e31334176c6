"""The texts of rows: each is the JSON of the row's writes, whatever its values are."""

import json
import sys
from collections import Counter
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from registration.adapters.dynamodb.expressions import Write
from registration.adapters.imports.row_texts import RowTexts
from registration.adapters.imports.rows import DynamoDBImportedRows
from registration.application.imports.ports import ImportedCustomer
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    ImportSource,
    Origin,
    new_customer,
)
from registration.domain.emails import EmailAddress
from registration.domain.fields.own import Agreement
from registration.domain.profile import Gender, Profile, Salutation
from tests.support.factories import LIFETIME, NOW

MOST_CALLS_OF_A_TEXT = 25
ROWS = DynamoDBImportedRows("customers", "outbox", lambda _seconds: None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.sampled_from(
    ["%s", "%(line)s", "%%", "\\", '"', '","', "{0}", "Müller", "None", "1", "0001-01-01", "DE--"]
)
OWN = TEXT | st.booleans() | st.integers() | st.floats(-1e9, 1e9)
PROFILES = st.builds(
    Profile,
    salutation=st.none() | st.sampled_from(Salutation),
    first_name=TEXT,
    last_name=TEXT,
    gender=st.none() | st.sampled_from(Gender),
    date_of_birth=st.none() | st.dates(date(1900, 1, 1)),
    phone=st.none() | TEXT,
    company=st.none() | TEXT,
    locale=st.none() | TEXT,
    own=st.just({}) | st.dictionaries(TEXT, OWN, max_size=3),
)
SIGNED_UP = Evidence(NOW)
CONSENTS = st.sampled_from(
    [
        *[Consent(Origin.IMPORT, None, SIGNED_UP)] * 5,
        Consent(Origin.IMPORT, None, Evidence(NOW + timedelta(seconds=1))),
        Consent(Origin.FORM, "2026-01", SIGNED_UP),
    ]
)
SOURCES = st.builds(ImportSource, TEXT, st.integers(2, 2_000_000), st.none() | TEXT)
CUSTOMERS = st.builds(
    new_customer,
    TEXT,
    st.builds(EmailAddress, st.builds("{}@{}".format, TEXT, TEXT)),
    PROFILES,
    password_hash=st.none() | TEXT,
    attempt_id=TEXT,
    token_id=TEXT,
    consent=CONSENTS,
    lifetime=st.just(LIFETIME),
    agreements=st.just(()) | st.just((Agreement("news", "1", "I want news."),)),
    imported=st.none() | SOURCES,
)


def confirmed(customer: Customer, proof: Evidence) -> Customer:
    return replace(customer.confirm(proof), updated_at=NOW)


PROOFS = st.builds(Evidence, st.datetimes(), st.none() | st.none() | TEXT)


IMPORTED = st.builds(
    ImportedCustomer,
    st.integers(2, 2_000_000),
    CUSTOMERS | st.builds(confirmed, CUSTOMERS, PROOFS),
    st.none() | TEXT,
)


def writes_of(imported: ImportedCustomer) -> list[Write]:
    return [write for write, _ in ROWS._writes(imported)]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(IMPORTED, min_size=1, max_size=6))
def test_the_text_of_a_row_is_what_is_written_for_it(rows: list[ImportedCustomer]) -> None:
    texts = RowTexts(writes_of)

    for imported in rows:
        assert json.loads(f"[{texts.text_of(imported)}]") == writes_of(imported)


def test_rows_with_the_same_attributes_share_a_form() -> None:
    asked: list[ImportedCustomer] = []

    def noted(imported: ImportedCustomer) -> list[Write]:
        asked.append(imported)
        return writes_of(imported)

    texts = RowTexts(noted)
    one = a_row(1)
    for number in range(5):
        customer = replace(one.customer, token_id=f"{number}", password_hash=f"{number}")
        texts.text_of(replace(one, customer=customer))
    texts.text_of(one)
    for day in range(5):
        customer = confirmed(one.customer, Evidence(NOW - timedelta(days=day)))
        texts.text_of(replace(one, customer=customer))
        own = replace(one.customer.profile, own={"club": f"{day}", "level": day, "adult": True})
        texts.text_of(replace(one, customer=replace(one.customer, profile=own)))
    texts.text_of(one)

    assert len(asked) == 4


def test_a_text_is_filled_in_with_so_many_calls_of_functions() -> None:
    texts, row, calls = RowTexts(writes_of), a_row(1), Counter[str]()
    texts.text_of(row)

    sys.setprofile(lambda _frame, event, _: calls.update([event]))
    try:
        texts.text_of(row)
    finally:
        sys.setprofile(None)

    assert calls["call"] + calls["c_call"] <= MOST_CALLS_OF_A_TEXT


def test_each_value_that_differs_is_filled_in() -> None:
    # What a row has, the other has not: all parts of a customer but those that a chunk shares.
    texts, one, two = RowTexts(writes_of), a_row(1), a_row(2)
    texts.text_of(one)

    for part in (each.name for each in fields(Customer)):
        mixed = replace(two, customer=replace(two.customer, **{part: getattr(one.customer, part)}))
        assert json.loads(f"[{texts.text_of(mixed)}]") == writes_of(mixed)


def a_row(number: int, **overrides: Any) -> ImportedCustomer:
    values: dict[str, Any] = {
        "reference": f"DE--{number}",
        "email": EmailAddress(f"Ada-{number}@example.com"),
        "profile": Profile(Salutation.MS, f"Ada {number}", "Lovelace", Gender.FEMALE),
        "password_hash": None,
        "attempt_id": f"attempt-{number}",
        "token_id": f"token-{number}",
        "consent": Consent(Origin.IMPORT, None, Evidence(NOW + timedelta(days=number))),
        "lifetime": LIFETIME * number,
        "imported": ImportSource(f"import-{number}", number),
    }
    customer = new_customer(**values | overrides)
    return ImportedCustomer(number, customer, f"DE--alias-{number}")
