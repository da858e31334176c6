"""The directory of customers, on the local cloud: stream, filter and permissions are real."""

import json
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr

from local import deploy
from local.cloud import Cloud
from registration.adapters import clients
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.domain.customers import Status
from registration.domain.directory import Listed, Wanted, words_of
from tests.local_cloud.browser import Browser
from tests.local_cloud.test_end_to_end import customers, link_in, mail_to, scan, wait_for
from tests.support.factories import NOW
from tests.support.requests import customer_document, key_document


@pytest.fixture
def directory(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> DynamoDBDirectory:
    client = cloud.client("dynamodb")
    monkeypatch.setattr(clients, "dynamodb", lambda: client)
    return DynamoDBDirectory(cloud.customers_table, DynamoDBOutbox(cloud.outbox_table))


def found(directory: DynamoDBDirectory, text: str) -> list[Listed]:
    return directory.search(Wanted(NOW, words=words_of(text)), 25).lines


def listed(directory: DynamoDBDirectory, status: Status) -> list[str]:
    return [line.email for line in directory.newest(Wanted(NOW, status), 100).lines]


def entries(cloud: Cloud, reference: str) -> list[Any]:
    condition = Attr("entity").begins_with("directory_")
    found = scan(cloud.table(cloud.customers_table), condition)
    return [entry for entry in found if entry["SK"].endswith(f"#{reference}")]


def sign_up(cloud: Cloud, **attributes: str) -> str:
    answer = Browser(cloud.url).post("/customers", customer_document(**attributes))
    assert answer.status == 201
    return str(json.loads(answer.body)["data"]["id"])


def test_it_follows_a_customer_from_signing_up_to_confirming(
    cloud: Cloud, directory: DynamoDBDirectory
) -> None:
    email = "directory@example.com"
    reference = sign_up(cloud, email=email, lastName="Łąkowski")

    (line,) = wait_for(lambda: found(directory, "lakow"))
    assert line.email == email
    assert email in listed(directory, Status.UNVERIFIED)

    token = link_in(mail_to(cloud, email)).partition("token=")[2]
    Browser(cloud.url).post("/customer-confirmation", key_document(token))
    wait_for(lambda: email in listed(directory, Status.VERIFIED))
    wait_for(lambda: email not in listed(directory, Status.UNVERIFIED))
    assert len(entries(cloud, reference)) == 5


def test_it_forgets_a_customer_who_is_removed(cloud: Cloud, directory: DynamoDBDirectory) -> None:
    email = "forgotten@example.com"
    reference = sign_up(cloud, email=email, lastName="Forgotten")
    wait_for(lambda: len(entries(cloud, reference)) == 5)

    (customer,) = customers(cloud, email)
    key = {name: customer[name] for name in ("PK", "SK")}
    cloud.table(cloud.customers_table).delete_item(Key=key)

    wait_for(lambda: not entries(cloud, reference))
    assert found(directory, "forgotten") == []


def test_it_is_rebuilt(cloud: Cloud, directory: DynamoDBDirectory) -> None:
    email = "anew@example.com"
    reference = sign_up(cloud, email=email, lastName="Anewman")
    wait_for(lambda: len(entries(cloud, reference)) == 5)
    table = cloud.table(cloud.customers_table)
    for entry in entries(cloud, reference):
        table.delete_item(Key={name: entry[name] for name in ("PK", "SK")})
    assert found(directory, "anewman") == []

    answer = rebuild(cloud)

    assert "cursor" not in answer, answer
    assert [line.email for line in found(directory, "anewman")] == [email]


def rebuild(cloud: Cloud) -> Any:
    """Invoke the function like an operator, until it has scanned the whole table."""
    name = deploy.stack_outputs(cloud.endpoint)["IndexCustomersFunction"]
    event: Any = {"rebuild": True, "cursor": None}
    while "cursor" in event:
        answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        event = json.load(answer["Payload"])
    return event
