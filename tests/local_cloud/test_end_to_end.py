"""Registration from the first page to the account, with the deployed template."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr

from local.clients import client
from local.cloud import Cloud
from tests.local_cloud.browser import Browser
from tests.support.requests import PASSWORD, customer_document, key_document, registration_form
from tests.support.stack import ROOT

VALIDATED = "Your email address is validated. Please login to continue."
WELCOME = "Your email address is validated. Welcome!"
ALMOST_THERE = "Almost there! We send you an email to validate your email address."


def wait_for(look: Callable[[], Any], seconds: float = 30) -> Any:
    """Poll until a function returns a result, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    pytest.fail("nothing came")


def mail_to(cloud: Cloud, address: str, count: int = 1) -> dict[str, str]:
    """Return the newest mail to an address, once there are ``count`` of them."""
    found: dict[str, str] = wait_for(
        lambda: mails[0] if len(mails := cloud.mails(address)) >= count else None
    )
    return dict(found)


def link_in(mail: dict[str, str]) -> str:
    """Return the confirmation link in a mail."""
    (link,) = set(re.findall(r"https?://\S+/confirm\?token=[\w.-]+", mail["text"]))
    return str(link)


def code_in(mail: dict[str, str]) -> str:
    """Return the code in a mail."""
    found = re.search(r"\b\d{4} \d{4}\b", mail["text"])
    assert found, mail["text"]
    return found[0]


def customers(cloud: Cloud, email: str) -> list[Any]:
    """Return the customers with an address."""
    table = cloud.table(cloud.customers_table)
    return scan(table, Attr("entity").eq("customer") & Attr("email").eq(email))


def scan(table: Any, condition: Any) -> list[Any]:
    """Return all items that match a condition."""
    found, options = [], {"FilterExpression": condition}
    while True:
        page = table.scan(**options)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def test_sign_up_mail_link_and_account_in_one_browser(cloud: Cloud) -> None:
    browser, email = Browser(cloud.url), "one@example.com"

    assert browser.get("/register").status == 200
    answer = browser.submit("/register", registration_form(email=email))
    assert ALMOST_THERE in browser.get(answer.location).text
    mail = mail_to(cloud, email)
    assert link_in(mail).startswith(cloud.url)
    assert link_in(mail) in mail["html"]
    confirmed = browser.get(link_in(mail))
    assert confirmed.status == 303
    assert VALIDATED in browser.get(confirmed.location).text
    assert "already confirmed" in browser.get(browser.get(link_in(mail)).location).text
    (customer,) = customers(cloud, email)
    assert customer["status"] == "verified"


def test_another_browser_is_asked_for_the_password(cloud: Cloud) -> None:
    email = "another@example.com"
    Browser(cloud.url).submit("/register", registration_form(email=email))
    link = link_in(mail_to(cloud, email))
    elsewhere = Browser(cloud.url)

    page = elsewhere.get(link)
    assert page.status == 200
    assert 'name="password"' in page.body
    assert customers(cloud, email)[0]["status"] == "unverified"
    token = link.partition("token=")[2]
    answer = elsewhere.submit("/confirm", {"token": token, "way": "password", "password": PASSWORD})

    assert WELCOME in elsewhere.get(answer.location).text
    assert customers(cloud, email)[0]["status"] == "verified"


def test_the_api_creates_and_confirms(cloud: Cloud) -> None:
    client, email = Browser(cloud.url), "api@example.com"

    created = client.post("/customers", customer_document(email=email))
    assert created.status == 201
    token = link_in(mail_to(cloud, email)).partition("token=")[2]

    assert client.post("/customer-confirmation", key_document(token)).status == 204
    assert client.post("/customer-confirmation", key_document(token)).status == 422
    assert json.loads(created.body)["data"]["links"]["self"].startswith(cloud.url)


def test_no_mail_stays_in_the_outbox(cloud: Cloud) -> None:
    email = "outbox@example.com"
    Browser(cloud.url).post("/customers", customer_document(email=email))
    mail_to(cloud, email)

    table = cloud.table(cloud.outbox_table)
    wait_for(lambda: not scan(table, Attr("to").eq(email)))


def test_mails_may_exceed_the_rate_of_a_new_account(cloud: Cloud) -> None:
    account = client("sesv2", cloud.url).get_account()

    assert account["SendingEnabled"]
    assert account["SendQuota"]["MaxSendRate"] == 1000
    assert account["SendQuota"]["Max24HourSend"] == -1


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.endurance)])
def test_two_sign_ups_at_once_make_one_customer(cloud: Cloud, times: int) -> None:
    def sign_up(email: str) -> int:
        return Browser(cloud.url).post("/customers", customer_document(email=email)).status

    emails = [f"race{n}of{times}@example.com" for n in range(times)]
    with ThreadPoolExecutor(2) as pool:
        for email in emails:
            assert list(pool.map(sign_up, [email, email])) == [201, 201]

    table = cloud.table(cloud.customers_table)
    raced = scan(table, Attr("entity").eq("customer") & Attr("email").contains(f"of{times}@"))
    assert sorted(customer["email"] for customer in raced) == sorted(emails)
    claims = scan(table, Attr("entity").eq("claim") & Attr("PK").contains(f"of{times}@"))
    assert {c["reference"] for c in claims} == {c["reference"] for c in raced}
    assert {c["attempt_id"] for c in claims} == {c["attempt_id"] for c in raced}


def test_the_example_is_imported_with_a_mail_for_each_good_row(cloud: Cloud) -> None:
    content = (ROOT / "examples" / "customer.csv").read_bytes()
    s3 = cloud.client("s3")

    s3.put_object(Bucket=cloud.bucket, Key="customer.csv", Body=content)
    summary = json.loads(report(cloud, "customer.csv/summary.json"))
    failed = report(cloud, "customer.csv/failed.csv")

    assert summary["status"] == "closed"
    outcomes = ("created", "exists", "duplicate", "rejected")
    assert summary["rows"] == sum(summary[outcome] for outcome in outcomes)
    assert summary["created"] > 0
    assert summary["rejected"] > 0
    assert failed.decode("utf-8-sig").count("\n") >= summary["rejected"] + 1
    table = cloud.table(cloud.customers_table)
    imported = imported_from(content, table)
    assert len(imported) == summary["created"]
    for customer in imported:
        mail_to(cloud, customer["email"])

    s3.put_object(Bucket=cloud.bucket, Key="again.csv", Body=content)
    again = json.loads(report(cloud, "again.csv/summary.json"))
    assert again["status"] == "repeated"
    assert len(imported_from(content, table)) == summary["created"]


def imported_from(content: bytes, table: Any) -> list[Any]:
    """Return the customers that an import has created from a file."""
    everybody = scan(table, Attr("entity").eq("customer") & Attr("origin").eq("import"))
    return [customer for customer in everybody if customer["email"].encode() in content]


def report(cloud: Cloud, name: str) -> bytes:
    """Return a report of an import, once it exists."""
    s3 = cloud.client("s3")

    def look() -> bytes | None:
        try:
            content: bytes = s3.get_object(Bucket=cloud.bucket, Key=f"reports/{name}")[
                "Body"
            ].read()
        except s3.exceptions.NoSuchKey:
            return None
        return content

    found: bytes = wait_for(look)
    return found


def test_a_file_that_is_no_csv_is_refused_with_the_reason(cloud: Cloud) -> None:
    cloud.client("s3").put_object(
        Bucket=cloud.bucket, Key="photo.csv", Body=Path(__file__).read_bytes() + b"\x00\x01"
    )

    summary = json.loads(report(cloud, "photo.csv/summary.json"))

    assert summary["status"] == "refused"
    assert summary["reason"]
