"""Inviting and removing staff with the function that has no route."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.adapters.staff.members import DynamoDBStaff
from registration.domain.links import Purpose
from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.stack import ROOT, Stack

EVENT = json.loads((ROOT / "events" / "invite_staff_invitation.json").read_text())
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def invite(cloud: Cloud, **overrides: Any) -> Any:
    return cloud.invoke("InviteStaffFunction", EVENT | overrides)


def members(cloud: Cloud) -> list[Any]:
    return cloud.items(cloud.customers_table, "staff")


def audit(cloud: Cloud) -> list[tuple[str, str, str]]:
    entries = cloud.items(cloud.customers_table, "audit_entry")
    entries.sort(key=lambda entry: entry["at"])
    return [(entry["action"], entry["outcome"], entry["email"]) for entry in entries]


@pytest.mark.clock(NOW)
def test_an_invitation_is_mailed_and_its_token_told_to_nobody_else(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(StaffInvitationHours="72")

    answer = invite(cloud)

    assert answer == {"invited": True, "expires_at": "2026-11-25T12:00:00+00:00"}
    cloud.drain()
    (mail,) = cloud.mails
    assert mail.to == "ada@shop.example"
    assert mail.subject == "Your invitation to the Back Office of Shop"
    assert mail.link.startswith("/back-office/invitation?token=")
    assert "November 25, 2026, 12:00" in mail.text.replace("\n", " ")
    assert mail.token not in str(cloud.state())
    (member,) = members(cloud)
    assert (member["role"], member["name"]) == ("editor", "Ada Lovelace")
    assert audit(cloud) == [("invited", "done", "ada@shop.example")]


def test_the_link_of_the_mail_is_the_members(cloud: Cloud) -> None:
    invite(cloud)
    cloud.drain()

    links = SecretLinks(RotatingKeys(cloud.stack.names["LinkKeys"]))
    link = links.read(cloud.mails[0].token, Purpose.INVITE_STAFF)

    member = DynamoDBStaff(cloud.customers_table, cloud.outbox_table).get(link.reference)
    assert member
    member.check_link(link.token_id)
    lifetime = link.expires_at - datetime.now(UTC)
    assert timedelta(hours=47) < lifetime <= timedelta(hours=48)


def test_inviting_again_is_another_mail_to_the_same_member(cloud: Cloud) -> None:
    invite(cloud, role="viewer", name=None)
    invite(cloud, email="ADA@shop.example")
    cloud.drain()

    first, second = cloud.mails
    assert first.token != second.token
    (member,) = members(cloud)
    assert (member["role"], member["name"]) == ("editor", "Ada Lovelace")


def test_a_removed_member_is_gone_with_the_mail_that_was_not_sent(cloud: Cloud) -> None:
    invite(cloud)

    removal = {"email": "ada@shop.example", "remove": True}
    assert cloud.invoke("InviteStaffFunction", removal) == {"removed": True}
    assert cloud.invoke("InviteStaffFunction", removal) == {"removed": False}

    cloud.drain()
    assert members(cloud) == []
    assert cloud.mails == []
    assert [action for action, *_ in audit(cloud)] == ["invited", "removed"]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"email": "ada@shop.example"}, "role: Field required"),
        (EVENT | {"role": "admin"}, "role: Input should be 'viewer' or 'editor'"),
        (EVENT | {"email": "ada.private"}, "email: Invalid Email address format."),
        (EVENT | {"email": "a" * 101 + "@shop.example"}, "email: Email is too long."),
        ({"role": "editor"}, "email: Field required"),
        (EVENT | {"name": "Ada <private>"}, "name: A name has no : / < > and no line breaks"),
        (EVENT | {"name": "private A\u200bda"}, "name: A name has no : / < > and no line breaks"),
        (EVENT | {"name": "private A\ufffdda"}, "name: A name has no : / < > and no line breaks"),
        (EVENT | {"name": "\u200b"}, "name: A name has no : / < > and no line breaks"),
        (EVENT | {"name": " "}, "name: String should have at least 1 character"),
        (EVENT | {"rights": "private"}, "rights: Extra inputs are not permitted"),
        ({"email": "ada@shop.example", "remove": "yes"}, "remove: Input should be True"),
        (EVENT | {"remove": True}, "role: Extra inputs are not permitted"),
        ("private", "event: Input should be a valid dictionary"),
        ([], "event: Input should be a valid dictionary"),
    ],
)
def test_an_invalid_event_is_explained_and_does_nothing(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], event: Any, told: str
) -> None:
    answer = cloud.invoke("InviteStaffFunction", event)

    assert set(answer) == {"error"}
    assert told in answer["error"]
    assert "private" not in answer["error"] + capsys.readouterr().out
    assert cloud.state() == {cloud.customers_table: [], cloud.outbox_table: []}


def test_nothing_personal_is_logged(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    invite(cloud)

    logged = capsys.readouterr().out
    assert "StaffInvited" in logged
    assert "ada" not in logged.lower()


def test_no_route_leads_to_the_function(cloud: Cloud) -> None:
    assert "InviteStaffFunction" not in cloud.routes.values()
    assert not [
        name
        for name, body in Stack().resources("AWS::Lambda::Permission").items()
        if body["Properties"]["FunctionName"] == {"Ref": "InviteStaffFunction"}
    ]
