"""Each sample event runs through its handler, and every handler has one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import Cloud, source_folder
from tests.support.stack import ROOT, Stack

EVENTS = sorted((ROOT / "events").glob("*.json"))
# The function for each event, and its answer in an empty account.
EXPECTED: dict[str, tuple[str, Any]] = {
    "register_api": ("RegisterFunction", 201),
    "register_api_own_fields": ("RegisterFunction", 201),
    "register_form": ("RegisterFunction", 303),
    "confirm_link": ("ConfirmFunction", 410),
    "sign_in_page": ("SignInFunction", 200),
    "sign_in_api": ("SignInFunction", 401),
    "account_api": ("AccountFunction", 401),
    "account_page": ("AccountFunction", 303),
    "carts_guest_item": ("CartsFunction", 201),
    "carts_shop": ("CartsFunction", 200),
    "back_office_login": ("BackOfficeFunction", 200),
    "documentation_page": ("DocumentationFunction", 200),
    "unrouted_slash": ("UnroutedFunction", 401),
    "send_email_stream": ("SendEmailFunction", {"batchItemFailures": []}),
    "index_customers_stream": ("IndexCustomersFunction", {"batchItemFailures": []}),
    "index_customers_rebuild": (
        "IndexCustomersFunction",
        {"rebuild": True, "segment": 0, "segments": 1, "customers": 0, "entries": 0},
    ),
    "invite_staff_removal": ("InviteStaffFunction", {"removed": False}),
    "send_email_sweep": ("SendEmailFunction", {"tried": 0, "accepted": 0, "left": 0}),
    "record_delivery_bounce": ("RecordDeliveryFunction", {"recorded": 1}),
    "import_csv_plan_on": ("ImportWorkerFunction", {"batchItemFailures": []}),
    "import_csv_watch": ("ImportPlannerFunction", {"stalled": 0}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_event_is_answered(cloud: Cloud, name: str) -> None:
    function, expected = EXPECTED[name]
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())

    answer = cloud.invoke(function, event)

    assert (answer["statusCode"] if isinstance(expected, int) else answer) == expected


def test_every_function_has_a_sample_event() -> None:
    stems = {path.stem for path in EVENTS}
    for function in Stack().resources("AWS::Lambda::Function"):
        folder = Path(source_folder(function)).name
        assert any(stem.startswith(folder) for stem in stems), function
    assert set(EXPECTED) <= stems
