"""Every metric of the alarms and the dashboard, emitted by the functions themselves."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from unittest import mock

from moto import mock_aws

from registration.domain.imports.jobs import STALLED_AFTER
from registration.domain.staff.members import Role
from tests.support.clock import later
from tests.support.cloud import PUBLIC_URL, Call, Cloud
from tests.support.factories import PASSWORD
from tests.support.figures import Figure, figures_in
from tests.support.imports.files import a_file, a_row
from tests.support.imports.runs import MIXED, PLANNER, WORKER, drop, waiting
from tests.support.mail.mailing import Failing, refusal, ses_event, sign_up, sweep_later
from tests.support.people.quiet import quieted
from tests.support.requests import key_document, registration_form
from tests.support.stack import Stack

WATCH = {"watch": "imports"}
_STAFF_PASSWORD = "a quiet harbour at dawn"
_NEW = {
    "email": "grace@example.com",
    "salutation": "Ms",
    "first_name": "Grace",
    "last_name": "Hopper",
    "gender": "Female",
}


@dataclass(frozen=True)
class Emitted:
    """The metrics and calls of functions.

    Attributes
    ----------
    figures
        The metrics that CloudWatch extracts from their output.
    calls
        Each operation of DynamoDB with each table that it was used on.
    """

    figures: frozenset[Figure]
    calls: frozenset[tuple[str, str]]


@cache
def emitted() -> Emitted:
    """Return the metrics that the functions of a stack emit, in normal operation and failures."""
    printed = StringIO()
    with mock_aws(), redirect_stdout(printed):
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL, "RowsPerTransaction": "5"}))
        stop = cloud.watch()
        try:
            for step in (_shoppers, _mails, _imports, _staff, _directory, _broken_handlers):
                step(cloud)
        finally:
            stop()
    calls = {(c.operation, table) for c in cloud.calls for table in _tables_of(c)}
    return Emitted(frozenset(figures_in(printed.getvalue())), frozenset(calls))


def _tables_of(call: Call) -> set[str]:
    if call.service != "dynamodb":
        return set()
    found = {call.parameters["TableName"]} if "TableName" in call.parameters else set()
    found |= set(call.parameters.get("RequestItems", {}))
    for item in call.parameters.get("TransactItems", []):
        found |= {action["TableName"] for action in item.values()}
    return found


def _shoppers(cloud: Cloud) -> None:
    sign_up(cloud, "sonia@example.com")
    cloud.post_form("/register", registration_form(email="bo@example.com"))
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))
    cloud.post_form("/confirm", {"token": cloud.mails[1].token, "password": PASSWORD})
    quieted(cloud, "quiet@example.com")


def _mails(cloud: Cloud) -> None:
    now = datetime.now(UTC)
    for kind in ("Delivery", "Bounce", "Complaint"):
        cloud.invoke("RecordDeliveryFunction", ses_event(kind, cloud.mails[0], now))
    sign_up(cloud, "ada@example.com")
    with _failing(cloud, Failing("SendEmail", always=refusal("AccessDeniedException"))):
        cloud.drain()
    writing = "registration.entrypoints.rendering.mail_renderer.MailRenderer.__call__"
    with mock.patch(writing, side_effect=ZeroDivisionError):
        sweep_later(cloud)
    sweep_later(cloud)


@contextmanager
def _failing(cloud: Cloud, on_call: Callable[[Call], object]) -> Iterator[None]:
    cloud.on_call = on_call
    try:
        yield
    finally:
        cloud.on_call = None


def _imports(cloud: Cloud) -> None:
    cloud.invoke(PLANNER, drop(cloud, MIXED))
    for event, _ in waiting(cloud):
        (record,) = event["Records"]
        chunk = json.loads(record["body"])
        other = json.dumps({**chunk, "rows": chunk["rows"] + 1})
        cloud.invoke(WORKER, {"Records": [{**record, "body": other}]})
        with _failing(cloud, Failing("GetObject", refusal("AccessDenied"))):
            cloud.invoke(WORKER, event)
        with later(STALLED_AFTER + timedelta(minutes=1)):
            cloud.invoke(PLANNER, WATCH)
        cloud.invoke(WORKER, event)
        break
    cloud.drop("again.csv", a_file(a_row(1), a_row(9)))
    cloud.drain()


def _staff(cloud: Cloud) -> None:
    cloud.invoke("InviteStaffFunction", {"email": "ada@shop.example", "role": Role.EDITOR})
    cloud.drain()
    chosen = {"new_password": _STAFF_PASSWORD, "repeat_password": _STAFF_PASSWORD}
    (mail,) = [mail for mail in cloud.mails if mail.to == "ada@shop.example"]
    answer = cloud.post_form("/back-office/invitation", {"token": mail.token, **chosen})
    cookies = {"__Host-staff": answer.cookie("__Host-staff")}
    cloud.post_form("/back-office/customers/new", _NEW, cookies=cookies)


def _directory(cloud: Cloud) -> None:
    cloud.follow_customers()
    sign_up(cloud, "cy@example.com")
    cloud.index()
    cloud.invoke("IndexCustomersFunction", {"rebuild": True, "cursor": None})


def _broken_handlers(cloud: Cloud) -> None:
    """Cause an unexpected error in each function behind HTTP."""
    pages = {
        "/register", "/confirm", "/login", "/account", "/cart", "/back-office", "/docs", "/nowhere",
    }  # fmt: skip
    with mock.patch(
        "registration.entrypoints.web.negotiation.Resolver.refusal", side_effect=ZeroDivisionError
    ):
        for page in pages:
            assert cloud.get_page(page).status == 500, page
