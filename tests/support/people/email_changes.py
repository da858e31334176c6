"""Customers who change their e-mail address, for tests."""

import json
from typing import Any

from tests.support.cloud import Answer, Cloud, SentMail
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD

OLD = "sonia@example.com"
NEW = "Sonia.Torres@example.org"
NEW_PASSWORD = "gentle harbour lantern"
Customer = tuple[str, dict[str, str]]
"""A reference, and the header that authenticates it."""


def patch(cloud: Cloud, who: Customer, **attributes: Any) -> Answer:
    """Change the customer with the API."""
    body = json.dumps({"data": {"type": "customers", "attributes": attributes}})
    headers = {"content-type": "application/vnd.api+json", **who[1]}
    return cloud.request("PATCH", f"/customers/{who[0]}", body=body, headers=headers)


def mail_to(cloud: Cloud, address: str) -> SentMail:
    """Send what waits, and return the newest mail to an address."""
    cloud.drain()
    return next(mail for mail in reversed(cloud.mails) if mail.to == address)


def asked(cloud: Cloud, who: Customer, email: str = NEW) -> str:
    """Ask for another address with the API; return the token of the link in the mail to it."""
    answer = patch(cloud, who, email=email)
    assert answer.status == 200, answer.body
    return mail_to(cloud, email).token


def proven(cloud: Cloud, token: str, password: str = PASSWORD) -> Answer:
    """Confirm the new address, in a new browser."""
    return Shopper(cloud).send("/confirm-email", token=token, password=password)


def changed(cloud: Cloud, who: Customer, email: str = NEW, password: str = PASSWORD) -> None:
    """Change the address, and confirm the new one."""
    answer = proven(cloud, asked(cloud, who, email), password)
    assert answer.location == "/account?notice=email-changed", answer.body


def brought_back(cloud: Cloud, token: str, password: str = NEW_PASSWORD, **more: str) -> Answer:
    """Restore the earlier address, in a new browser."""
    fields = {"token": token, "new_password": password, "repeat_password": password, **more}
    return Shopper(cloud).send("/restore-email", **fields)


def address_of(cloud: Cloud, reference: str) -> str:
    """Return the address of a customer."""
    (item,) = [each for each in cloud.customers() if each["reference"] == reference]
    return str(item["email"])


def claims(cloud: Cloud) -> dict[str, str]:
    """Return who has which normalised address."""
    found = cloud.items(cloud.customers_table, "claim")
    return {item["PK"].removeprefix("EMAIL#"): item["reference"] for item in found}
