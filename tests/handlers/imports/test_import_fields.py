"""The columns of an import are the fields that the shop asks there, through the handler."""

from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.imports.files import a_file, a_row, read_report
from tests.support.imports.own_fields import OWN_FIELDS, a_shop_row
from tests.support.imports.runs import PLANNER, WORKER, counts, drop, job, report, summary, waiting
from tests.support.shops import OpenShop


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop with fields of its own."""
    open_shop({"fields.toml": OWN_FIELDS})
    return make_cloud(RowsPerChunk="3")


def customer(cloud: Cloud) -> Any:
    """Return the one customer."""
    (only,) = cloud.customers()
    return only


def test_own_columns_become_the_customers_fields_and_a_consent_is_kept(shop: Cloud) -> None:
    row = a_shop_row()

    shop.drop("customer.csv", a_file(row, columns=row))
    shop.drain()

    kept = customer(shop)
    assert kept["own"] == {
        "vat_number": "FR40303265045",
        "note": "good customer",
        "size": "s",
        "turnover": 1234.5,
        "wedding": "2010-05-31",
        "trade": True,
    }
    (consent,) = kept["consents"]
    assert (consent["name"], consent["version"], consent["text"]) == (
        *("newsletter", "2026-01"),
        "Yes, send me the newsletter",
    )
    assert "gender" not in kept
    assert "salutation" not in kept
    assert summary(shop)["unknown_columns"] == []


def test_a_column_that_is_not_asked_is_reported_and_nothing_of_it_is_kept(shop: Cloud) -> None:
    row = a_shop_row() | {"gender": "Nonsense", "company": "Hidden Ltd", "date_of_birth": ""}

    shop.drop("customer.csv", a_file(row, columns=row))
    shop.drain()

    assert summary(shop)["unknown_columns"] == ["gender", "company"]
    assert "Nonsense" not in str(customer(shop))
    assert "Hidden Ltd" not in str(customer(shop))


@pytest.mark.parametrize("missing", ["phone", "vat_number"])
def test_a_file_without_a_required_column_is_refused(shop: Cloud, missing: str) -> None:
    row = a_shop_row()
    del row[missing]

    shop.drop("customer.csv", a_file(row, columns=row))
    shop.drain()

    assert summary(shop)["reason"] == f"The header lacks the column {missing}. Add what is missing."
    assert shop.customers() == []


def test_optional_columns_may_be_missing_and_names_are_in_any_order_and_case(shop: Cloud) -> None:
    row = a_shop_row()
    columns = ["VAT_Number *", "Phone", "EMAIL", "last_name", "First_Name", "customer_reference"]
    line = [row[name.strip(" *").lower()] for name in columns]

    shop.drop("customer.csv", f"{','.join(columns)}\n{','.join(line)}\n".encode())
    shop.drain()

    assert customer(shop)["own"] == {"vat_number": "FR40303265045"}
    assert "consents" not in customer(shop)


def test_a_report_that_is_corrected_and_dropped_again_makes_the_customer(shop: Cloud) -> None:
    row = a_shop_row(vat_number="FR1", turnover="1.234", wedding="31.05.2010", newsletter="maybe")
    shop.drop("customer.csv", a_file(row, columns=row))
    shop.drain()
    (rejected,) = read_report(report(shop, "failed.csv"))
    assert rejected["column"] == "vat_number"

    corrected = rejected | {
        "vat_number": "FR40303265045",
        "turnover": "'1234",
        "wedding": "'2010-05-31",
        "newsletter": "non",
    }
    shop.drop("again.csv", a_file(corrected, columns=rejected))
    shop.drain()

    assert customer(shop)["own"] == {
        "vat_number": "FR40303265045",
        "note": "good customer",
        "size": "s",
        "turnover": 1234,
        "wedding": "2010-05-31",
        "trade": True,
    }
    assert "consents" not in customer(shop)


def test_a_dry_run_judges_the_same_columns(shop: Cloud) -> None:
    good, bad = a_shop_row(1), a_shop_row(2, size="huge")

    shop.drop("dry-run/customer.csv", a_file(good, bad, columns=good))
    shop.drain()

    key = "dry-run/customer.csv"
    assert counts(job(shop, key))[1:] == (1, 0, 0, 1)
    assert shop.customers() == []


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        # A row that was flawed and is right now may have the address of another one.
        ('gender = {ask = "no"}', (6, 4, 0, 2, 0)),
        ('gender = {ask = "no"}\nphone = {import = "required"}', (6, 0, 0, 0, 6)),
        ('gender = {import = "required"}', (6, 2, 0, 0, 4)),
    ],
)
def test_a_file_planned_before_other_fields_were_deployed_is_judged_by_these(
    open_shop: OpenShop, make_cloud: MakeCloud, later: str, expected: tuple[int, ...]
) -> None:
    open_shop({"fields.toml": 'gender = {ask = "optional"}'})
    cloud = make_cloud(RowsPerChunk="10")
    numbers = ((1, "", "Male"), (2, "", ""), (3, "", "x"), (3, "", "x"))
    referred = ((4, "DE--1", "Male"), (5, "DE--1", "x"))
    rows = [a_row(n, customer_reference=r, gender=g) for n, r, g in (*numbers, *referred)]
    columns = [name for name in a_row() if name != "phone"]
    cloud.invoke(PLANNER, drop(cloud, a_file(*rows, columns=columns)))

    open_shop({"fields.toml": later})
    cloud.forget_processes()
    (message,) = waiting(cloud)
    answer = cloud.invoke(WORKER, message[0])

    assert answer == {"batchItemFailures": []}
    assert counts(job(cloud)) == expected
    assert len(cloud.customers()) == expected[1]
    told = {row["reason"] for row in read_report(report(cloud, "failed.csv"))}
    assert not any(reason.startswith("This value") for reason in told)
