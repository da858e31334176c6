"""A change of the address that fails or dies at any call: who tries again ends well, told once."""

from itertools import count

import pytest
from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from tests.support.cloud import Call, Cloud, Killed
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import (
    NEW_PASSWORD,
    OLD,
    address_of,
    asked,
    changed,
    claims,
    mail_to,
)
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document

PROVE = {"password": PASSWORD}
RESTORE = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
ways = pytest.mark.parametrize("way", ["dies before", "dies after", "fails"])


class Fault:
    """Lets the n-th call of AWS fail, or die before it or after."""

    def __init__(self, way: str, number: int) -> None:
        self.way, self.left, self.struck = way, number, False

    def __call__(self, call: Call) -> None:
        self.left -= 1
        if self.left:
            return
        self.struck = True
        if self.way == "fails":
            raise ClientError({"Error": {"Code": "ValidationException"}}, call.operation)
        raise Killed


def strikes(cloud: Cloud, way: str, number: int, path: str, fields: dict[str, str]) -> bool:
    """Send a form while a call fails, then once more; return whether one did."""
    shopper, fault = Shopper(cloud), Fault(way, number)
    sent = {"csrf_token": shopper.csrf_token(), **fields}
    cloud.forget_processes()
    if way == "dies after":
        cloud.on_answer = fault
    else:
        cloud.on_call = fault
    try:
        shopper.send_as_is(path, sent)
    except Killed:
        pass
    finally:
        cloud.on_call = cloud.on_answer = None
    check_whole(cloud)
    Shopper(cloud).send(path, **fields)
    check_whole(cloud)
    return fault.struck


def check_whole(cloud: Cloud) -> None:
    """Check that each customer has the claim on its address, and that no claim is nobody's."""
    owners = {item["email"].casefold(): item["reference"] for item in cloud.customers()}
    held = claims(cloud)
    assert owners.items() <= held.items()
    assert set(held.values()) == set(owners.values())


@ways
def test_proving_the_address(cloud: Cloud, way: str) -> None:
    reference, email = confirmed(cloud), OLD
    for number in count(1):
        target = f"n{number}@example.org"
        token = asked(cloud, (reference, bearer(sign_in(cloud, email))), target)
        # This customer goes with the change, or stays.
        cloud.post_json("/customers", customer_document(email=target))
        cloud.drain()
        told = len(cloud.mails)

        struck = strikes(cloud, way, number, "/confirm-email", {"token": token, **PROVE})

        cloud.drain()
        assert address_of(cloud, reference) == target
        assert [item["reference"] for item in cloud.customers()] == [reference]
        assert [mail.to for mail in cloud.mails[told:]] == [email]
        assert sign_in(cloud, target).status == 201
        if not struck:
            break
        email = target
        forget_ways_back(cloud, reference)
    assert number > 6


def forget_ways_back(cloud: Cloud, reference: str) -> None:
    """Make room for more, as after seven days."""
    key, former = keys.customer(reference), "REMOVE former_emails"
    clients.dynamodb().update_item(
        TableName=cloud.customers_table, Key=key, UpdateExpression=former
    )


@ways
def test_restoring_the_address(cloud: Cloud, way: str) -> None:
    for number in count(1):
        email = f"n{number}@example.com"
        reference = confirmed(cloud, email=email)
        later = f"n{number}@example.org"
        changed(cloud, (reference, bearer(sign_in(cloud, email))), later)
        token = mail_to(cloud, email).token
        told = len(cloud.mails)

        struck = strikes(cloud, way, number, "/restore-email", {"token": token, **RESTORE})

        cloud.drain()
        assert address_of(cloud, reference) == email
        assert later not in claims(cloud)
        assert [mail.to for mail in cloud.mails[told:]] == [email]
        assert sign_in(cloud, email, NEW_PASSWORD).status == 201
        if not struck:
            break
    assert number > 6
