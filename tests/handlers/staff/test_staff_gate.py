"""The gate of the Back Office, in front of a minimal handler."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.event_handler import Response

from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff, DynamoDBStaffSessions
from registration.application.rate_limits import LoginRateLimiter
from registration.application.staff.audit import Audited
from registration.application.staff.members import StaffSignIn
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import staff_invitation_mail
from registration.domain.staff.members import Role, staff_id_of
from registration.entrypoints.back_office.staff_gate import STAFF_COOKIE, StaffGate
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.rendering.page_writing import PageWriter, Visit
from registration.entrypoints.settings import StaffSettings
from registration.entrypoints.web import http
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.refusals import new_resolver
from tests.support.clock import standing
from tests.support.cloud import Cloud, Context
from tests.support.factories import NOW, PASSWORD
from tests.support.people.staff import a_member, an_invited_member
from tests.support.stack import ROOT

OPENED = NOW + timedelta(minutes=1)
LATER = OPENED + timedelta(minutes=20)
SETTINGS = StaffSettings(
    staff_session_hours=12,
    login_failures_per_client=0,
    login_failures_per_email=3,
    login_limit_minutes=15,
)


class Door:
    """A handler behind the gate: a page to view, a page to edit, and the login."""

    def __init__(self, cloud: Cloud, public_url: str = "https://shop.example") -> None:
        self.cloud = cloud
        self.app = new_resolver(self._writer, self._problem)
        self.browser = Browser(self.app, self._writer, bound_to=(STAFF_COOKIE,))
        self.gate = StaffGate(self.browser, self._sign_in)
        self.public_url = public_url
        self.app.get("/back-office")(self.see)
        self.app.post("/back-office")(self.change)
        self.app.post("/back-office/login")(self.log_in)
        self.app.post("/back-office/logout")(self.log_out)

    def see(self) -> Response[str]:
        return http.page(f"{self.gate.member().name} {self.browser.visit().csrf_token}")

    def change(self) -> Response[str]:
        return http.page(str(self.gate.editor().role))

    def log_in(self) -> Response[str]:
        form = http.form_of(self.app.current_event)
        given, client = (form["email"], form["password"]), self.browser.client
        kept, member = self._sign_in().by_password(*given, client)
        return http.see_other("/back-office", self.gate.signed_in(kept, member))

    def log_out(self) -> Response[str]:
        self._sign_in().sign_out(self.gate.kept, "203.0.113.7")
        return http.see_other("/back-office/login", self.gate.signed_out())

    def ask(self, method: str, path: str, cookie: str = "", **form: str) -> Any:
        event = json.loads((ROOT / "events" / "sign_in_page.json").read_text())
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["requestContext"]["http"]["method"] = method
        event["body"] = urlencode(form)
        event["headers"]["cookie"] = cookie
        context: Any = Context("door")
        return self.app.resolve(event, context)

    def cookie(self, email: str = "ada@shop.example", password: str = PASSWORD) -> str:
        answer = self.ask("POST", "/back-office/login", email=email, password=password)
        return str(answer["cookies"][0]).partition(";")[0]

    def _problem(self, status: int) -> str:
        return self._writer().problem(Visit("en_US"), status)

    def _writer(self) -> PageWriter:
        return PageWriter("Shop", "en_US", self.public_url)

    def _sign_in(self) -> StaffSignIn:
        table = self.cloud.customers_table
        return StaffSignIn(
            login_rate_limiter=LoginRateLimiter(DynamoDBLimits(table), SETTINGS.staff_logins),
            staff=DynamoDBStaff(table, self.cloud.outbox_table),
            sessions=DynamoDBStaffSessions(table),
            audited=Audited(DynamoDBAuditRecord(table), utc_now, new_id),
            clock=utc_now,
            new_id=new_id,
            lifetime=SETTINGS.staff_session_lifetime,
        )


@pytest.fixture
def door(cloud: Cloud) -> Door:
    return an_open_door(cloud)


def an_open_door(cloud: Cloud, role: Role = Role.EDITOR, **more: str) -> Door:
    staff = DynamoDBStaff(cloud.customers_table, cloud.outbox_table)
    invited = an_invited_member(role=role)
    staff.invite(invited, None, staff_invitation_mail(invited, "invitation-00001", NOW))
    staff.save(a_member(role=role), invited)
    return Door(cloud, **more)


def test_a_visitor_without_a_session_is_redirected_to_the_login(door: Door) -> None:
    answer = door.ask("GET", "/back-office")

    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/back-office/login"
    # The browser may have a session without sending it: a link from another site opened the page.
    assert not answer.get("cookies")


def test_a_member_who_signs_in_is_admitted(door: Door) -> None:
    answer = door.ask("GET", "/back-office", door.cookie())

    assert answer["statusCode"] == 200
    assert answer["body"].startswith("Ada Lovelace")


def test_the_cookie_is_for_this_host_over_https_and_for_no_script(door: Door) -> None:
    answer = door.ask("POST", "/back-office/login", email="ada@shop.example", password=PASSWORD)

    name, *attributes = str(answer["cookies"][0]).split("; ")
    assert name.startswith("__Host-staff=")
    assert attributes == ["Path=/", "Max-Age=43200", "HttpOnly", "Secure", "SameSite=Strict"]


def test_without_https_the_cookie_has_another_name_and_is_as_strict(cloud: Cloud) -> None:
    door = an_open_door(cloud, public_url="http://localhost:8000")

    answer = door.ask("POST", "/back-office/login", email="ada@shop.example", password=PASSWORD)

    name, *attributes = str(answer["cookies"][0]).split("; ")
    assert name.startswith("staff=")
    assert attributes == ["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"]
    assert door.ask("GET", "/back-office", name)["statusCode"] == 200


def test_a_viewer_sees_and_changes_nothing(cloud: Cloud) -> None:
    door = an_open_door(cloud, Role.VIEWER)
    cookie = door.cookie()

    assert door.ask("GET", "/back-office", cookie)["statusCode"] == 200
    assert door.ask("POST", "/back-office", cookie)["statusCode"] == 403


def test_an_editor_changes_things_and_a_stranger_does_not(door: Door) -> None:
    assert door.ask("POST", "/back-office", door.cookie())["body"] == "editor"
    assert door.ask("POST", "/back-office")["statusCode"] == 303


def test_signing_out_ends_the_session_here_and_on_the_server(door: Door) -> None:
    cookie = door.cookie()

    answer = door.ask("POST", "/back-office/logout", cookie)

    assert str(answer["cookies"][0]).startswith("__Host-staff=; Path=/; Max-Age=0")
    assert door.ask("GET", "/back-office", cookie)["statusCode"] == 303


def test_a_session_that_has_ended_is_forgotten_by_the_browser(door: Door) -> None:
    answer = door.ask("GET", "/back-office", "__Host-staff=made.up.cookie")

    assert answer["statusCode"] == 303
    assert str(answer["cookies"][0]).startswith("__Host-staff=; Path=/; Max-Age=0")


def test_forms_are_bound_to_the_session(door: Door) -> None:
    visitor = f"__Host-visitor={'v' * 43}"

    def csrf_token(cookie: str) -> str:
        return str(door.ask("GET", "/back-office", f"{visitor}; {cookie}")["body"].split()[-1])

    first, second = door.cookie(), door.cookie()
    assert csrf_token(first) == csrf_token(first)
    assert csrf_token(first) != csrf_token(second)


@pytest.mark.clock(OPENED)
def test_a_request_costs_one_read_and_now_and_then_a_write(door: Door, cloud: Cloud) -> None:
    def calls_of_a_request() -> list[str]:
        cloud.calls.clear()
        assert door.ask("GET", "/back-office", cookie)["statusCode"] == 200
        return [call.operation for call in cloud.calls]

    cookie = door.cookie()
    assert calls_of_a_request() == ["BatchGetItem"]
    with standing(LATER - OPENED):
        assert calls_of_a_request() == ["BatchGetItem", "UpdateItem"]
        assert calls_of_a_request() == ["BatchGetItem"]


def failed(door: Door, email: str) -> tuple[Any, ...]:
    calls = door.cloud.calls
    calls.clear()
    answer = door.ask("POST", "/back-office/login", email=email, password="not the password")
    return answer["statusCode"], answer["body"], [call.operation for call in calls]


def test_failing_is_the_same_for_known_and_unknown_addresses(door: Door) -> None:
    known, unknown = failed(door, "ada@shop.example"), failed(door, "bob@shop.example")

    assert known == unknown
    assert known[0] == 401
    assert known[2] == ["BatchGetItem", "GetItem", "TransactWriteItems"]


@pytest.mark.clock(OPENED)
def test_failing_often_closes_the_login_of_staff_alone(door: Door) -> None:
    codes = [failed(door, "ada@shop.example")[0] for _ in range(4)]
    customers = SETTINGS.logins.counters(None, EmailAddress("ada@shop.example"), OPENED)

    assert codes == [401, 401, 401, 429]
    counts = DynamoDBLimits(door.cloud.customers_table)
    assert counts.claim_on(EmailAddress("ada@shop.example"), customers, OPENED)[1] == dict.fromkeys(
        customers, 0
    )


def test_actions_of_staff_are_in_the_record(door: Door, cloud: Cloud) -> None:
    door.ask("POST", "/back-office/logout", door.cookie())

    entries, _ = DynamoDBAuditRecord(cloud.customers_table).newest(5)
    assert [(entry.action, entry.outcome, entry.client) for entry in entries] == [
        ("signed_out", "done", "203.0.113.7"),
        ("signed_in", "done", "203.0.113.7"),
    ]
    assert {entry.staff_id for entry in entries} == {staff_id_of(EmailAddress("ada@shop.example"))}


def test_strangers_do_not_lock_out_a_browser_in_which_staff_logged_in_before(door: Door) -> None:
    given = {"email": "ada@shop.example", "password": PASSWORD}
    answer = door.ask("POST", "/back-office/login", **given)
    device = next(c.partition(";")[0] for c in answer["cookies"] if c.startswith("__Host-device="))
    codes = [failed(door, "ada@shop.example")[0] for _ in range(4)]

    known = door.ask("POST", "/back-office/login", device, **given)
    strange = door.ask("POST", "/back-office/login", "__Host-device=x", **given)

    assert codes[-1] == strange["statusCode"] == 429
    assert known["statusCode"] == 303
