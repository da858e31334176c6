"""Staff change their own password, as customers do."""

from datetime import timedelta

import pytest

from registration.domain.staff.members import Role
from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import LIST, STAFF_PASSWORD, actions, staff
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud

STAFF = "__Host-staff"
PAGE = "/back-office/password"
ADA = "ada@shop.example"
NEW = "gentle harbour lantern"


def change(
    cloud: Cloud,
    cookies: dict[str, str],
    current: str = STAFF_PASSWORD,
    new: str = NEW,
    repeat: str | None = None,
) -> Answer:
    """Submit the form."""
    fields = {"password": current, "new_password": new, "repeat_password": repeat or new}
    return cloud.post_form(PAGE, fields, cookies=cookies)


def log_in(cloud: Cloud, password: str, cookies: dict[str, str] | None = None) -> Answer:
    fields = {"email": ADA, "password": password}
    return cloud.post_form("/back-office/login", fields, cookies=cookies or {})


def is_in(cloud: Cloud, cookies: dict[str, str]) -> bool:
    return cloud.get_page(LIST, cookies=cookies).status == 200


@pytest.mark.parametrize("role", Role)
def test_a_member_changes_the_password(cloud: Cloud, role: Role) -> None:
    here = staff(cloud, role)
    elsewhere = {STAFF: log_in(cloud, STAFF_PASSWORD).cookie(STAFF)}

    answer = change(cloud, here)
    now = {STAFF: answer.cookie(STAFF)}
    told = cloud.get_page(answer.location, cookies=now)

    assert (answer.status, answer.location) == (303, f"{LIST}?notice=password-changed")
    assert "The new password is saved." in told.body
    assert is_in(cloud, now)
    assert not is_in(cloud, here)
    assert not is_in(cloud, elsewhere)
    assert log_in(cloud, STAFF_PASSWORD).status == 401
    assert log_in(cloud, NEW).status == 303
    assert ("changed_password", "done") in actions(cloud)


@pytest.mark.parametrize(
    ("current", "new", "repeat", "status", "field"),
    [
        ("not the right one", NEW, None, 400, "password"),
        ("", NEW, None, 400, "password"),
        (STAFF_PASSWORD, "short", None, 400, "new_password"),
        (STAFF_PASSWORD, "password1234", None, 400, "new_password"),
        (STAFF_PASSWORD, "ada@shop.example", None, 400, "new_password"),
        (STAFF_PASSWORD, "Summer2026!!", None, 400, "new_password"),
        (STAFF_PASSWORD, "n" * 129, None, 400, "new_password"),
        (STAFF_PASSWORD, NEW, "another one entirely", 422, "repeat_password"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_changes_nothing(
    cloud: Cloud, current: str, new: str, repeat: str | None, status: int, field: str
) -> None:
    cookies = staff(cloud)

    page = change(cloud, cookies, current, new, repeat)

    assert page.status == status
    assert f'id="{field}-error"' in page.body
    assert page.body.count('aria-invalid="true"') == 1
    assert is_in(cloud, cookies)
    assert log_in(cloud, STAFF_PASSWORD).status == 303
    for secret in filter(None, {current, new, repeat} - {ADA}):
        assert f'value="{secret}"' not in page.body


def test_the_page_is_for_those_who_are_logged_in(cloud: Cloud) -> None:
    stranger = cloud.get_page(PAGE)
    member = cloud.get_page(PAGE, cookies=staff(cloud, Role.VIEWER))

    assert (stranger.status, stranger.location) == (303, "/back-office/login")
    assert member.status == 200
    assert 'autocomplete="current-password"' in member.body
    assert f'value="{ADA}"' in member.body


def test_a_forgotten_browser_is_no_place_to_guess(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3")
    cookies = staff(cloud)

    guesses = [change(cloud, cookies, f"guess number {n}").status for n in range(4)]
    right = change(cloud, cookies)
    with later(timedelta(minutes=16)):
        cookies = {STAFF: log_in(cloud, STAFF_PASSWORD).cookie(STAFF)}
        after = change(cloud, cookies)

    assert guesses == [400, 400, 400, 429]
    assert right.status == 429
    assert after.status == 303


def test_strangers_who_guess_keep_no_member_from_the_form(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3")
    cookies = staff(cloud)
    for n in range(4):
        log_in(cloud, f"guess number {n}")

    assert change(cloud, cookies).status == 303
