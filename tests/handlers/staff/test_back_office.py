"""The Back Office through its pages: signing in, customers, the audit record."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from botocore.exceptions import EndpointConnectionError

from registration.domain.staff.members import Role
from tests.support.clock import later
from tests.support.cloud import Answer, Call, Cloud
from tests.support.factories import PASSWORD
from tests.support.imports.files import a_file, a_row
from tests.support.mail.mailing import sweep_later
from tests.support.mail.suppression_list import suppression_list
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.carts import OPENED, document
from tests.support.requests import customer_document, review_form
from tests.support.stack import ROOT

STAFF = "__Host-staff"
STAFF_PASSWORD = "a quiet harbour at dawn"
LIST = "/back-office/customers"
NEW = {
    "email": "Grace@example.com",
    "salutation": "Ms",
    "first_name": "Grace",
    "last_name": "Hopper",
    "gender": "Female",
    "date_of_birth": "1980-12-09",
    "phone": "+49 30 1234",
    "company": "Navy",
    "locale": "en_US",
}


def staff(
    cloud: Cloud, role: Role = Role.EDITOR, email: str = "ada@shop.example"
) -> dict[str, str]:
    """Invite a member and accept; return the browser's cookies."""
    assert cloud.invoke("InviteStaffFunction", {"email": email, "role": role})["invited"]
    cloud.drain()
    chosen = {"new_password": STAFF_PASSWORD, "repeat_password": STAFF_PASSWORD}
    token = cloud.mails[-1].token
    answer = cloud.post_form("/back-office/invitation", {"token": token, **chosen})
    assert (answer.status, answer.location) == (303, LIST), answer.body
    return {STAFF: answer.cookie(STAFF)}


def created(cloud: Cloud, cookies: dict[str, str], **overrides: str) -> str:
    """Create a customer; return the reference."""
    answer = cloud.post_form(f"{LIST}/new", NEW | overrides, cookies=cookies)
    assert answer.status == 303, answer.body
    cloud.drain()
    return answer.location.removeprefix(f"{LIST}/").partition("?")[0]


def text_of(answer: Answer) -> str:
    """Return the text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.body)).split())


def actions(cloud: Cloud) -> list[tuple[str, str]]:
    """Return the entries of the audit record, the oldest first."""
    found = [item for item in cloud.items(cloud.customers_table) if item["PK"].startswith("AUDIT#")]
    return [(i["action"], i["outcome"]) for i in sorted(found, key=lambda i: i["SK"])]


# Getting in


def test_a_visitor_without_a_session_is_redirected_to_the_login(cloud: Cloud) -> None:
    answer = cloud.get_page(LIST)

    assert (answer.status, answer.location) == (303, "/back-office/login")
    assert cloud.get_page("/back-office").location == LIST


def test_an_invitation_leads_in_once(cloud: Cloud) -> None:
    cookies = staff(cloud)

    assert cloud.get_page(LIST, cookies=cookies).status == 200
    assert cloud.get_page(cloud.mails[-1].link).status == 410
    cookie = next(iter(cookies.values()))
    assert cookie not in str(cloud.state())


def test_staff_log_in_and_out(cloud: Cloud) -> None:
    staff(cloud)
    given = {"email": "ADA@shop.example", "password": STAFF_PASSWORD}

    wrong = cloud.post_form("/back-office/login", {**given, "password": "another one entirely"})
    right = cloud.post_form("/back-office/login", given)
    (line,) = [line for line in right.cookies if line.startswith(STAFF)]
    cookies = {STAFF: right.cookie(STAFF)}
    seen = cloud.get_page(LIST, cookies=cookies)
    out = cloud.post_form("/back-office/logout", {}, cookies=cookies)

    assert wrong.status == 401
    assert "do not fit together" in wrong.body
    assert 'value="ADA@shop.example"' in wrong.body
    assert STAFF_PASSWORD not in wrong.body
    assert all(word in line for word in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"))
    assert seen.status == 200
    assert out.status == 303
    assert cloud.get_page(LIST, cookies=cookies).status == 303


def test_logging_in_again_ends_the_session_that_the_browser_had(cloud: Cloud) -> None:
    earlier = staff(cloud)
    given = {"email": "ada@shop.example", "password": STAFF_PASSWORD}

    answer = cloud.post_form("/back-office/login", given, cookies=earlier)

    assert answer.status == 303
    newer = {STAFF: answer.cookie(STAFF)}
    assert cloud.get_page(LIST, cookies=newer).status == 200
    assert cloud.get_page(LIST, cookies=earlier).location == "/back-office/login"


def test_logging_out_everywhere_ends_the_other_sessions_too(cloud: Cloud) -> None:
    first = staff(cloud)
    given = {"email": "ada@shop.example", "password": STAFF_PASSWORD}
    second = {STAFF: cloud.post_form("/back-office/login", given).cookie(STAFF)}

    cloud.post_form("/back-office/logout-everywhere", {}, cookies=second)

    assert cloud.get_page(LIST, cookies=first).status == 303


def test_a_customer_is_no_staff(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document())
    cloud.drain()
    fields = {"token": cloud.mails[-1].token, "way": "password", "password": PASSWORD}
    cloud.post_form("/confirm", fields)

    given = {"email": "sonia@example.com", "password": PASSWORD}
    assert cloud.post_form("/back-office/login", given).status == 401


# Customers


def test_a_customer_whom_staff_create_gets_the_mail_and_chooses_a_password(cloud: Cloud) -> None:
    cookies = staff(cloud)

    reference = created(cloud, cookies)
    mail = cloud.mails[-1]
    before = text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))
    form = {"token": mail.token, **review_form(PASSWORD), **NEW}
    confirmed = cloud.post_form("/confirm", form)
    after = text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))

    assert mail.to == "Grace@example.com"
    assert 'name="new_password"' in cloud.get_page(mail.link).body or confirmed.status == 303
    assert confirmed.location == "/account?notice=confirmed"
    assert "Grace Hopper Unverified" in before
    assert "Grace Hopper Verified" in after
    (customer,) = cloud.customers()
    assert customer["origin"] == "back_office"
    assert customer["company"] == "Navy"


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_address_in_use_is_said_to_staff(cloud: Cloud, confirmed: bool) -> None:
    cookies = staff(cloud)
    cloud.post_json("/customers", customer_document(email="grace@example.com"))
    cloud.drain()
    if confirmed:
        fields = {"token": cloud.mails[-1].token, "way": "password", "password": PASSWORD}
        cloud.post_form("/confirm", fields)
    before = cloud.customers()

    answer = cloud.post_form(f"{LIST}/new", NEW, cookies=cookies)

    assert answer.status == 422
    assert "E-mail is already used." in answer.body
    assert 'value="Grace"' in answer.body
    assert cloud.customers() == before


def test_wrong_details_are_told_beside_their_fields(cloud: Cloud) -> None:
    cookies = staff(cloud)

    form = NEW | {"email": "grace@", "date_of_birth": "31.12.1980", "first_name": ""}
    answer = cloud.post_form(f"{LIST}/new", form, cookies=cookies)

    assert answer.status == 422
    for field in ("email", "first_name", "date_of_birth"):
        assert f'id="{field}-error"' in answer.body
    assert not cloud.customers()


def test_the_list_shows_the_newest_first_and_is_filtered(cloud: Cloud) -> None:
    cookies = staff(cloud)
    cloud.follow_customers()
    created(cloud, cookies)
    cloud.post_json("/customers", customer_document())
    cloud.index()

    everybody = text_of(cloud.get_page(LIST, cookies=cookies))
    by_api = text_of(cloud.get_page(f"{LIST}?origin=api", cookies=cookies))
    verified = text_of(cloud.get_page(f"{LIST}?status=verified", cookies=cookies))
    by_name = text_of(cloud.get_page(f"{LIST}?q=hopp", cookies=cookies))
    short = cloud.get_page(f"{LIST}?q=h", cookies=cookies)

    assert everybody.index("Sonia Torres") < everybody.index("Grace Hopper")
    assert ("Sonia Torres" in by_api, "Grace Hopper" in by_api) == (True, False)
    assert "No customer fits" in verified
    assert ("Sonia Torres" in by_name, "Grace Hopper" in by_name) == (False, True)
    assert short.status == 400
    assert "at least two characters" in short.body


def test_the_list_has_pages(cloud: Cloud) -> None:
    cookies = staff(cloud)
    cloud.follow_customers()
    for number in range(27):
        created(cloud, cookies, email=f"grace{number}@example.com", last_name=f"Hopper{number}")
    cloud.index()

    first = cloud.get_page(LIST, cookies=cookies)
    following = re.search(r'href="(\?[^"]*page=[^"]+)" rel="next"', first.body)
    assert following
    second = cloud.get_page(LIST + unescape(following[1]), cookies=cookies)

    shown = [re.findall(r"Grace (Hopper\d+)</a>", page.body) for page in (first, second)]
    assert [len(names) for names in shown] == [25, 2]
    assert len(set(shown[0] + shown[1])) == 27
    assert cloud.get_page(f"{LIST}?page=nonsense", cookies=cookies).status == 400


def test_staff_edit_a_profile(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    form = NEW | {"last_name": "Murray Hopper", "phone": ""}
    saved = cloud.post_form(f"{LIST}/{reference}/edit", form, cookies=cookies)
    same = cloud.post_form(f"{LIST}/{reference}/edit", form, cookies=cookies)

    assert saved.location == f"{LIST}/{reference}?notice=saved"
    assert same.location == f"{LIST}/{reference}?notice=unchanged"
    (customer,) = cloud.customers()
    assert customer["last_name"] == "Murray Hopper"
    assert customer["email"] == "Grace@example.com"
    assert "phone" not in customer
    page = text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))
    assert "Edited the customer Last name, Phone" in page


def test_staff_send_the_confirmation_again(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    first = cloud.mails[-1]

    answer = cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.drain()

    assert answer.location == f"{LIST}/{reference}?notice=resent"
    assert cloud.mails[-1].link != first.link
    assert cloud.get_page(first.link).status == 410
    assert cloud.get_page(cloud.mails[-1].link).status == 200


def test_mails_that_make_no_sense_are_not_sent(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    early = cloud.post_form(f"{LIST}/{reference}/password-mail", {}, cookies=cookies)
    form = {"token": cloud.mails[-1].token, **review_form(PASSWORD)}
    cloud.post_form("/confirm", form)
    late = cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.mails.clear()
    right = cloud.post_form(f"{LIST}/{reference}/password-mail", {}, cookies=cookies)
    cloud.drain()

    assert early.status == 409
    assert "has not confirmed" in early.body
    assert late.status == 422
    assert "confirmed the address meanwhile" in late.body
    assert right.location == f"{LIST}/{reference}?notice=password-mail"
    assert cloud.mails[-1].link.startswith("/restore-password?")


def test_anonymising_asks_first_and_leaves_nothing_personal(cloud: Cloud) -> None:
    cookies = staff(cloud)
    cloud.follow_customers()
    reference = created(cloud, cookies)
    cloud.index()

    asked = cloud.get_page(f"{LIST}/{reference}/anonymise", cookies=cookies)
    before = [item for item in cloud.items(cloud.customers_table) if "Grace" in str(item)]
    done = cloud.post_form(f"{LIST}/{reference}/anonymise", {}, cookies=cookies)
    cloud.drain()

    assert "Anonymise Grace Hopper?" in asked.body
    assert before
    assert done.status == 303
    cloud.index()
    assert "Hopper" not in str(cloud.state())
    assert "grace@example.com" not in str(cloud.state())
    assert cloud.get_page(f"{LIST}/{reference}", cookies=cookies).status == 404
    assert created(cloud, cookies) != reference


def test_a_customers_carts_go_with_the_customer(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = confirmed(cloud)
    body = document("carts", **OPENED)
    opened = cloud.post_json("/carts", body, headers=bearer(sign_in(cloud)))

    cloud.post_form(f"{LIST}/{reference}/anonymise", {}, cookies=cookies)

    assert opened.status == 201
    assert cloud.items(cloud.customers_table, "cart") == []
    assert cloud.items(cloud.customers_table, "cart_of_customer") == []


def test_that_a_member_was_there_is_noted_after_some_time(cloud: Cloud) -> None:
    cookies = staff(cloud)
    (before,) = cloud.items(cloud.customers_table, "staff_session")

    with later(timedelta(minutes=20)):
        answer = cloud.get_page(LIST, cookies=cookies)

    (after,) = cloud.items(cloud.customers_table, "staff_session")
    assert answer.status == 200
    assert after["seen_at"] > before["seen_at"]


def test_an_unknown_customer_is_not_found(cloud: Cloud) -> None:
    cookies = staff(cloud)

    for path in ("", "/edit", "/anonymise"):
        assert cloud.get_page(f"{LIST}/DE--nobody{path}", cookies=cookies).status == 404


# Permissions and the audit record


EDITORS = [
    "new",
    "DE--1/lift-suppression",
    "DE--1/edit",
    "DE--1/resend",
    "DE--1/password-mail",
    "DE--1/data",
    "DE--1/anonymise",
]


@pytest.mark.parametrize("path", EDITORS)
def test_a_viewer_changes_nothing(cloud: Cloud, path: str) -> None:
    cookies = staff(cloud, Role.VIEWER)
    editor = staff(cloud, email="grace@shop.example")
    reference = created(cloud, editor)
    before = (cloud.customers(), len(cloud.mails))

    answer = cloud.post_form(f"{LIST}/{path}".replace("DE--1", reference), NEW, cookies=cookies)
    cloud.drain()

    assert answer.status == 403
    assert (cloud.customers(), len(cloud.mails)) == before
    assert cloud.get_page(f"{LIST}/{reference}", cookies=cookies).status == 200


@pytest.mark.parametrize("path", [*EDITORS, "../imports/new", "../logout", "../logout-everywhere"])
def test_a_form_from_elsewhere_changes_nothing(cloud: Cloud, path: str) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    before = cloud.customers()
    target = f"{LIST}/{path}".replace("DE--1", reference).replace("/customers/..", "")

    answer = cloud.request(
        "POST",
        target,
        body="first_name=Mallory",
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "text/html"},
        cookies=cookies,
    )

    assert answer.status == 403
    assert cloud.customers() == before
    assert cloud.get_page(LIST, cookies=cookies).status == 200


def test_actions_of_staff_are_recorded(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    cloud.get_page(f"{LIST}/{reference}", cookies=cookies)
    cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.post_form(f"{LIST}/{reference}/password-mail", {}, cookies=cookies)
    cloud.post_form(f"{LIST}/new", NEW, cookies=cookies)
    cloud.post_form(f"{LIST}/{reference}/anonymise", {}, cookies=cookies)

    page = cloud.get_page("/back-office/record", cookies=cookies)

    assert actions(cloud) == [
        ("invited", "done"),
        ("accepted_invitation", "done"),
        ("created_customer", "done"),
        ("viewed_customer", "done"),
        ("resent_confirmation", "done"),
        ("sent_password_mail", "failed"),
        ("created_customer", "failed"),
        ("anonymised_customer", "done"),
    ]
    said = text_of(page)
    assert said.index("Anonymised the customer") < said.index("Created the customer")
    assert "ada@shop.example" in said
    assert "203.0.113.7" in said
    assert reference in said
    assert "Grace" not in said


def test_without_the_audit_record_nothing_is_done(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    def full(call: object) -> None:
        if "AUDIT#" in str(getattr(call, "parameters", "")):
            raise ConnectionError

    cloud.on_call = full
    answer = cloud.post_form(f"{LIST}/{reference}/anonymise", {}, cookies=cookies)
    cloud.on_call = None

    assert answer.status in (500, 503)
    assert len(cloud.customers()) == 1


# Mail that does not arrive


def bounce(cloud: Cloud, email: str) -> None:
    """Report a permanent bounce of the newest mail."""
    event = json.loads((ROOT / "events" / "record_delivery_bounce.json").read_text())
    record = event["Records"][0]["Sns"]
    message = json.loads(record["Message"])
    message["mail"]["destination"] = [email]
    message["bounce"]["bouncedRecipients"] = [{"emailAddress": email}]
    tags = cloud.mails[-1].parameters["EmailTags"]
    message["mail"]["tags"] = {tag["Name"]: [tag["Value"]] for tag in tags}
    record["Message"] = json.dumps(message)
    cloud.invoke("RecordDeliveryFunction", event)


def test_a_bounce_is_shown_and_staff_let_mail_go_out_again(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    bounce(cloud, "Grace@example.com")
    cloud.mails.clear()
    cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.drain()
    silent = list(cloud.mails)

    before = text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))
    with suppression_list() as taken_off:
        lifted = cloud.post_form(f"{LIST}/{reference}/lift-suppression", {}, cookies=cookies)
    cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.drain()

    assert silent == []
    assert len(taken_off) == 1
    assert "No mail goes to this address" in before
    assert lifted.location == f"{LIST}/{reference}?notice=lifted"
    assert [mail.to for mail in cloud.mails] == ["Grace@example.com"]
    assert ("lifted_suppression", "done") in actions(cloud)
    after = text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))
    assert "No mail goes to this address" not in after


def test_the_mail_that_waited_goes_out_once_staff_lift_the_suppression(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    bounce(cloud, "Grace@example.com")
    cloud.post_form(f"{LIST}/{reference}/resend", {}, cookies=cookies)
    cloud.drain()
    cloud.mails.clear()

    with suppression_list():
        cloud.post_form(f"{LIST}/{reference}/lift-suppression", {}, cookies=cookies)
    sweep_later(cloud)

    assert [mail.to for mail in cloud.mails] == ["Grace@example.com"]
    assert cloud.items(cloud.outbox_table) == []


def test_an_imported_customers_waiting_mail_goes_with_the_customer(cloud: Cloud) -> None:
    cookies = staff(cloud)

    def away(call: Call) -> None:
        if call.operation == "SendEmail":
            raise EndpointConnectionError(endpoint_url="https://ses")

    cloud.on_call = away
    cloud.drop("customers.csv", a_file(a_row(1)))
    cloud.drain()
    cloud.on_call = None
    (customer,) = cloud.customers()

    cloud.post_form(f"{LIST}/{customer['reference']}/anonymise", {}, cookies=cookies)

    assert not cloud.items(cloud.outbox_table)
    assert "Lovelace" not in str(cloud.state())
