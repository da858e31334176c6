"""A file uploaded in the Back Office counts only if its uploader is an editor when it arrives."""

import json

import pytest

from registration.adapters import clients
from registration.domain.staff.members import Role
from tests.handlers.staff.test_back_office import actions, staff, text_of
from tests.handlers.staff.test_back_office_imports import LIST, fields_of, upload_page, uploaded
from tests.support.cloud import Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.imports.runs import PLANNER, WORKER, done, drop, run, waiting
from tests.support.stack import Json

FILE = a_file(a_row(1), a_row(2))


def invite(cloud: Cloud, **event: object) -> None:
    """Invite or remove the editor, or somebody else."""
    cloud.invoke("InviteStaffFunction", {"email": "ada@shop.example", **event})


REMOVED = {"remove": True}
LOST = {
    "removed": [REMOVED],
    "made a viewer": [{"role": Role.VIEWER}],
    "removed and invited again, but not there yet": [REMOVED, {"role": Role.EDITOR}],
    "removed and back as a viewer": [REMOVED, {"role": Role.VIEWER}],
    "made a viewer and removed": [{"role": Role.VIEWER}, REMOVED],
}
KEPT = {
    "nothing happened": [],
    "invited again": [{"role": Role.EDITOR}],
    "a viewer for a moment": [{"role": Role.VIEWER}, {"role": Role.EDITOR}],
    "another one was removed": [
        {"email": "bob@shop.example", "role": Role.EDITOR},
        {"email": "bob@shop.example", "remove": True},
    ],
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_of_somebody_who_is_no_editor_any_more_is_refused(
    cloud: Cloud, lost: list[Json], dry_run: bool
) -> None:
    page = upload_page(cloud, staff(cloud), dry_run=dry_run)
    for event in lost:
        invite(cloud, **event)

    waiting_at = uploaded(cloud, page, FILE)
    cloud.drain()

    (job,) = cloud.items(cloud.customers_table, "import_job")
    assert (job["status"], job["rows"], cloud.customers()) == ("refused", 0, [])
    assert ("uploaded_import", "failed") in actions(cloud)
    other = staff(cloud, email="eve@shop.example")
    led = cloud.get_page(f"{LIST}/{waiting_at.rpartition('/')[2]}", cookies=other)
    said = text_of(cloud.get_page(led.location, cookies=other))
    assert "customers.csv Refused" in said
    assert "is not an editor" in said
    assert led.location in cloud.get_page("/back-office/record", cookies=other).body


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_a_file_of_an_editor_is_imported(cloud: Cloud, kept: list[Json]) -> None:
    page = upload_page(cloud, staff(cloud))
    for event in kept:
        invite(cloud, **event)

    uploaded(cloud, page, FILE)
    cloud.drain()

    assert len(cloud.customers()) == 2
    assert ("uploaded_import", "failed") not in actions(cloud)


def test_a_file_that_is_planned_goes_on_without_its_editor(cloud: Cloud) -> None:
    page = upload_page(cloud, staff(cloud))
    event = drop(cloud, FILE, fields_of(page)["key"].replace("${filename}", "c.csv"))
    cloud.invoke(PLANNER, event)
    invite(cloud, remove=True)

    run(cloud, event)

    assert len(cloud.customers()) == 2


@pytest.mark.parametrize(
    "key",
    [
        "back-office/customers.csv",
        "back-office/abcdefghijklmnop/import/customers.csv",
        "back-office/abcdefghijklmnop/dry-run/customers.csv",
        f"back-office/abcdefghijklmnop/{'0' * 32}/import/customers.csv",
        f"back-office/a/b/{'0' * 32}/import/customers.csv",
        "back-office//import/customers.csv",
    ],
)
def test_a_file_in_that_folder_whose_uploader_nobody_knows_is_refused(
    cloud: Cloud, key: str
) -> None:
    cloud.drop(key, FILE)

    cloud.drain()

    (job,) = cloud.items(cloud.customers_table, "import_job")
    assert (job["status"], cloud.customers()) == ("refused", [])


@pytest.mark.parametrize(
    "key", ["customers.csv", "a/back-office/x/import/c.csv", "Back-Office/c.csv"]
)
def test_the_operators_own_files_need_no_editor(cloud: Cloud, key: str) -> None:
    cloud.drop(key, FILE)

    cloud.drain()

    assert len(cloud.customers()) == 2
    assert actions(cloud) == []


def test_the_form_names_its_editor_without_the_address(cloud: Cloud) -> None:
    fields = fields_of(upload_page(cloud, staff(cloud)))

    (member,) = cloud.items(cloud.customers_table, "staff")
    assert fields["key"].split("/")[2] == member["PK"].removeprefix("STAFF#")
    assert "shop.example" not in fields["key"]


@pytest.mark.parametrize("is_editor", [True, False])
def test_a_file_that_failed_and_was_moved_to_the_workers_is_checked_there(
    cloud: Cloud, is_editor: bool
) -> None:
    page = upload_page(cloud, staff(cloud))
    if not is_editor:
        invite(cloud, remove=True)
    event = drop(cloud, FILE, fields_of(page)["key"].replace("${filename}", "c.csv"))
    url, failed = cloud.stack.names["Chunks"], json.dumps({"requestPayload": event})
    clients.sqs().send_message(QueueUrl=url, MessageBody=failed)

    for message_event, message in waiting(cloud):
        assert cloud.invoke(WORKER, message_event) == {"batchItemFailures": []}
        done(cloud, message)

    assert len(cloud.customers()) == (2 if is_editor else 0)


def test_the_same_event_twice_is_recorded_once(cloud: Cloud) -> None:
    page = upload_page(cloud, staff(cloud))
    invite(cloud, remove=True)
    event = drop(cloud, FILE, fields_of(page)["key"].replace("${filename}", "c.csv"))

    cloud.invoke(PLANNER, event)
    cloud.invoke(PLANNER, event)

    assert actions(cloud).count(("uploaded_import", "failed")) == 1
