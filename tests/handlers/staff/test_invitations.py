"""The page of an invitation, in a browser that somebody uses already."""

import pytest

from registration.domain.staff.members import Role
from tests.support.cloud import Answer, Cloud

STAFF = "__Host-staff"
LIST = "/back-office/customers"
PASSWORD = "a quiet harbour at dawn"


def accept(
    cloud: Cloud, email: str, role: Role, cookies: dict[str, str] | None = None, **form: str
) -> Answer:
    """Invite a member, and submit the form of the invitation in a browser with cookies."""
    assert cloud.invoke("InviteStaffFunction", {"email": email, "role": role})["invited"]
    cloud.drain()
    chosen = {"new_password": PASSWORD, "repeat_password": PASSWORD} | form
    fields = {"token": cloud.mails[-1].token, **chosen}
    return cloud.post_form("/back-office/invitation", fields, cookies=cookies or {})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("email", ["ada@shop.example", "grace@shop.example", "ada+2@shop.example"])
def test_accepting_ends_the_session_that_the_browser_had(
    cloud: Cloud, role: Role, email: str
) -> None:
    earlier = {STAFF: accept(cloud, "ada@shop.example", Role.EDITOR).cookie(STAFF)}

    answer = accept(cloud, email, role, earlier)

    assert cloud.get_page(LIST, cookies={STAFF: answer.cookie(STAFF)}).status == 200
    assert cloud.get_page(LIST, cookies=earlier).location == "/back-office/login"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"new_password": "short", "repeat_password": "short"}, 400),
        ({"repeat_password": "another one entirely"}, 422),
        ({"token": "no.token"}, 410),
    ],
)
def test_a_form_that_is_refused_ends_no_session(
    cloud: Cloud, form: dict[str, str], status: int
) -> None:
    earlier = {STAFF: accept(cloud, "ada@shop.example", Role.EDITOR).cookie(STAFF)}

    refused = accept(cloud, "grace@shop.example", Role.VIEWER, earlier, **form)

    assert refused.status == status
    assert cloud.get_page(LIST, cookies=earlier).status == 200
