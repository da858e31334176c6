"""My account in a browser: profile, password, logging out everywhere, leaving."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.adapters.customers.sessions import DynamoDBSessions
from registration.domain.sessions import RefreshToken, Session
from tests.conftest import MakeCloud
from tests.support.clock import let_pass
from tests.support.cloud import SESSION, Answer, Call, Cloud
from tests.support.factories import NOW
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.shoppers import VISITOR, Shopper, text_of
from tests.support.requests import PASSWORD

NEW_PASSWORD = "gentle harbour lantern"
PAGES = [
    *("/account", "/account/password", "/account/data", "/account/delete"),
    *("/account/carts", "/account/carts/x"),
]
PROFILE = {
    "salutation": "Dr",
    "gender": "n/a",
    "first_name": "Sonja",
    "last_name": "Torres-García",
    "date_of_birth": "1990-05-31",
    "phone": "+49 30 1234567",
    "company": "Hawthorn & Finch",
    "locale": "de_DE",
}


@pytest.fixture
def sonia(cloud: Cloud) -> Shopper:
    """A logged-in customer."""
    confirmed(cloud)
    return logged_in(cloud)


def logged_in(cloud: Cloud) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.log_in().status == 303
    return shopper


def change_password(shopper: Shopper, **typed: str) -> Answer:
    fields = {"password": PASSWORD, "new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    return shopper.send("/account/password", **{**fields, **typed})


# Who may see it


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_without_a_login_is_redirected_to_the_login(cloud: Cloud, path: str) -> None:
    shopper = Shopper(cloud)

    answer = shopper.open(path)

    to = "carts" if "carts" in path else "account"
    assert (answer.status, answer.location) == (303, f"/login?notice=log-in-first&to={to}")
    assert "Please log in to see this page." in text_of(shopper.follow(answer))


def test_a_form_that_comes_too_late_changes_nothing(sonia: Shopper) -> None:
    """The session was ended elsewhere while the page was open."""
    token = sonia.csrf_token()
    logged_in(sonia.cloud).send("/account/logout-everywhere")
    before = sonia.cloud.state()

    answer = sonia.send_as_is("/account", {"csrf_token": token, **PROFILE})

    assert answer.location == "/login?notice=log-in-first&to=account"
    assert sonia.session is None
    assert VISITOR in sonia.cookies
    assert sonia.cloud.state() == before


@pytest.mark.parametrize(
    "kept", ["", "x", "a.b.c", f"DE--1.session.{'A' * 43}", "\x00", "A" * 5000]
)
def test_an_invalid_session_opens_nothing(cloud: Cloud, kept: str) -> None:
    shopper = Shopper(cloud, {SESSION: kept})

    assert shopper.open("/account").location.startswith("/login")


@pytest.mark.parametrize("path", PAGES[:4])
def test_its_pages_are_not_cached(sonia: Shopper, path: str) -> None:
    answer = sonia.open(path)

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert 'action="/logout"' in answer.body
    assert 'href="/register"' not in answer.body


# The profile


def test_the_page_shows_the_customer(sonia: Shopper) -> None:
    page = sonia.open("/account")

    assert "Hello, Sonia" in text_of(page)
    assert "sonia@example.com" in page.body
    for value in ("Sonia", "Torres"):
        assert f'value="{value}"' in page.body
    for option in ("Ms", "Female"):
        assert f'<option value="{option}" selected>' in page.body


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        ("confirmed", "Your email address is validated."),
        ("saved", "Saved."),
        ("password-changed", "Your new password is saved."),
    ],
)
def test_the_page_shows_the_confirmation(sonia: Shopper, notice: str, text: str) -> None:
    assert text in text_of(sonia.open(f"/account?notice={notice}"))
    assert text not in text_of(sonia.open("/account?notice=<b>"))


def test_confirming_with_the_password_leads_there(cloud: Cloud) -> None:
    Shopper(cloud).sign_up()
    cloud.drain()
    elsewhere = Shopper(cloud)

    answer = elsewhere.send(
        "/confirm", token=cloud.mails[0].token, way="password", password=PASSWORD
    )

    assert answer.location == "/account?notice=confirmed"
    assert "Your email address is validated." in text_of(elsewhere.follow(answer))


def test_the_profile_is_changed(sonia: Shopper) -> None:
    answer = sonia.send("/account", **PROFILE)
    page = sonia.follow(answer)

    assert answer.location == "/account?notice=saved"
    assert "Saved." in text_of(page)
    assert "Hello, Sonja" in text_of(page)
    (customer,) = sonia.cloud.customers()
    assert {name: customer[name] for name in PROFILE} == PROFILE
    assert 'value="Hawthorn &amp; Finch"' in page.body


def test_optional_fields_can_be_cleared(sonia: Shopper) -> None:
    sonia.send("/account", **PROFILE)
    optional = ("date_of_birth", "phone", "company", "locale")

    sonia.send("/account", **{**PROFILE, **dict.fromkeys(optional, "")})

    (customer,) = sonia.cloud.customers()
    assert not set(optional) & set(customer)


def test_the_language_is_that_of_our_mails(sonia: Shopper) -> None:
    sonia.send("/account", **PROFILE)

    change_password(sonia)
    sonia.cloud.drain()

    assert "Passwort" in sonia.cloud.mails[-1].subject


def test_a_language_that_nothing_is_written_in_is_kept(cloud: Cloud) -> None:
    confirmed(cloud, localeName="fi_FI")
    shopper = logged_in(cloud)

    page = shopper.open("/account")

    assert '<option value="fi_FI" selected>' in page.body
    assert shopper.send("/account", **{**PROFILE, "locale": "fi_FI"}).status == 303


def test_mistakes_are_shown_beside_their_fields_and_the_input_is_kept(sonia: Shopper) -> None:
    typed = {**PROFILE, "last_name": "", "date_of_birth": "31.5.1990", "company": '"><b>' * 30}
    before = sonia.cloud.state()

    answer = sonia.send("/account", **typed)

    assert answer.status == 422
    assert "Please enter your last name." in text_of(answer)
    assert "Please enter a date as in 1990-05-31." in text_of(answer)
    assert "Please enter 100 characters or fewer." in text_of(answer)
    assert answer.body.count('aria-invalid="true"') == 3
    assert answer.body.count(" autofocus") == 1
    assert answer.body.index(" autofocus") > answer.body.index('id="last_name"')
    assert 'value="31.5.1990"' in answer.body
    assert 'value="Sonja"' in answer.body
    assert '"><b>' not in answer.body
    assert "<title>Error: " in answer.body
    assert sonia.cloud.state() == before


@pytest.mark.parametrize("field", ["email", "reference", "status", "generation", "password_hash"])
def test_nothing_but_the_profile_is_changed(sonia: Shopper, field: str) -> None:
    (before,) = sonia.cloud.customers()

    sonia.send("/account", **PROFILE, **{field: "mallory@example.com"})

    (after,) = sonia.cloud.customers()
    assert after.get(field) == before.get(field)


def test_a_concurrent_change_is_not_overwritten(sonia: Shopper) -> None:
    other = logged_in(sonia.cloud)

    def come_first(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            sonia.cloud.on_call = None
            assert other.send("/account", **PROFILE).status == 303

    sonia.cloud.on_call = come_first
    answer = sonia.send("/account", **{**PROFILE, "first_name": "Late"})

    assert answer.status == 503
    assert "We are busy right now" in text_of(answer)
    assert sonia.cloud.customers()[0]["first_name"] == "Sonja"


# The password


def test_a_new_password_ends_every_session_but_this_one(sonia: Shopper) -> None:
    elsewhere, api = logged_in(sonia.cloud), bearer(sign_in(sonia.cloud))
    before = sonia.session
    stolen = Shopper(sonia.cloud, dict(sonia.cookies))

    answer = change_password(sonia)

    assert answer.location == "/account?notice=password-changed"
    assert sonia.session not in {None, before}
    assert "Your new password is saved." in text_of(sonia.follow(answer))
    assert elsewhere.open("/account").status == 303
    assert stolen.open("/account").status == 303
    assert sonia.cloud.request("GET", "/customers", headers=api).status == 401
    assert Shopper(sonia.cloud).log_in().status == 401
    assert Shopper(sonia.cloud).log_in(password=NEW_PASSWORD).status == 303


def test_the_customer_is_told_by_mail(sonia: Shopper) -> None:
    change_password(sonia)
    sonia.cloud.drain()

    mail = sonia.cloud.mails[-1]
    assert mail.to == "sonia@example.com"
    assert "password" in mail.subject.lower()


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"password": "wrong"}, "password", "This is not the right password."),
        ({"password": ""}, "password", "This is not the right password."),
        ({"repeat_password": "other"}, "repeat_password", "The passwords are not the same."),
        (
            {"new_password": "short", "repeat_password": "short"},
            "new_password",
            "12 characters or more",
        ),
        (
            {"new_password": "sonia.torres", "repeat_password": "sonia.torres"},
            "new_password",
            "easy to guess",
        ),
    ],
)
def test_a_mistake_is_shown_beside_its_field(
    sonia: Shopper, typed: dict[str, str], field: str, text: str
) -> None:
    before = sonia.cloud.customers()

    answer = change_password(sonia, **typed)

    assert answer.status in {400, 422}
    assert text in text_of(answer)
    start = answer.body.index(f'id="{field}"')
    assert 'aria-invalid="true" autofocus' in answer.body[start : start + 300]
    assert answer.body.count("aria-invalid") == 1
    assert not any(f'value="{value}"' in answer.body for value in (PASSWORD, NEW_PASSWORD))
    assert sonia.cloud.customers() == before
    assert sonia.open("/account").status == 200


@pytest.mark.clock(NOW + timedelta(minutes=1))
def test_a_browser_left_logged_in_is_no_place_to_guess_passwords(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3")
    confirmed(cloud)
    sonia = logged_in(cloud)
    tried = [change_password(sonia, password="wrong").status for _ in range(2)]
    tried.append(sonia.send("/account/delete", password="wrong").status)
    refused = [change_password(sonia), sonia.send("/account/delete", password=PASSWORD)]
    let_pass(timedelta(minutes=15))
    later = change_password(sonia)

    assert tried == [400, 400, 400]
    assert [answer.status for answer in refused] == [429, 429]
    assert int(refused[0].headers["retry-after"]) > 0
    assert "A short break, please" in text_of(refused[0])
    assert later.status == 303


# Logging out everywhere


def test_logging_out_everywhere_leaves_nothing_that_counts(sonia: Shopper) -> None:
    elsewhere, tokens = logged_in(sonia.cloud), sign_in(sonia.cloud)
    refresh = tokens.json["data"]["attributes"]["refreshToken"]

    answer = elsewhere.send("/account/logout-everywhere")

    assert answer.location == "/login?notice=logged-out-everywhere"
    assert "on all devices" in text_of(elsewhere.follow(answer))
    assert elsewhere.session is None
    assert sonia.open("/account").status == 303
    assert sonia.cloud.request("GET", "/customers", headers=bearer(tokens)).status == 401
    body = {"data": {"type": "refresh-tokens", "attributes": {"refreshToken": refresh}}}
    assert sonia.cloud.post_json("/refresh-tokens", body).status == 401
    assert sonia.cloud.items(sonia.cloud.customers_table, "session") == []
    assert logged_in(sonia.cloud).open("/account").status == 200


def test_a_session_that_its_removal_missed_is_invalid(sonia: Shopper) -> None:
    """A session that began at the same moment: the generation decides, not its removal."""
    (customer,) = sonia.cloud.customers()
    token = RefreshToken.new(customer["reference"], "late")
    session = Session.begin(token, 0, datetime.now(UTC))
    sonia.send("/account/logout-everywhere")
    sessions = DynamoDBSessions(sonia.cloud.customers_table)
    sessions.begin(session, None, None)  # type: ignore[arg-type]

    assert Shopper(sonia.cloud, {SESSION: str(token)}).open("/account").status == 303


# Leaving


def test_the_page_says_what_happens_and_nothing_has_happened(sonia: Shopper) -> None:
    before = sonia.cloud.state()

    page = sonia.open("/account/delete")

    assert "Nobody can undo it, not even we." in text_of(page)
    assert 'autocomplete="current-password"' in page.body
    assert sonia.cloud.state() == before


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_the_account_stays(sonia: Shopper, password: str) -> None:
    before = sonia.cloud.customers()

    answer = sonia.send("/account/delete", password=password)

    assert answer.status == 400
    assert "This is not the right password." in text_of(answer)
    assert 'aria-invalid="true" autofocus' in answer.body
    assert sonia.cloud.customers() == before


def test_leaving_removes_everything_personal(sonia: Shopper) -> None:
    sonia.add("mug-stoneware")
    elsewhere = logged_in(sonia.cloud)

    answer = sonia.send("/account/delete", password=PASSWORD)

    assert answer.location == "/login?notice=account-deleted"
    assert "is deleted" in text_of(sonia.follow(answer))
    assert SESSION not in sonia.cookies
    assert VISITOR not in sonia.cookies or sonia.cart() == {}
    assert sonia.cloud.customers() == []
    state = str(sonia.cloud.state())
    for personal in ("sonia@example.com", "Sonia", "Torres", "mug-stoneware"):
        assert personal not in state
    assert elsewhere.open("/account").status == 303


def test_the_address_can_be_signed_up_with_again(sonia: Shopper) -> None:
    sonia.send("/account/delete", password=PASSWORD)

    confirmed(sonia.cloud)

    assert Shopper(sonia.cloud).log_in().status == 303


def test_in_german_too(sonia: Shopper) -> None:
    german = {"accept-language": "de"}
    for path, text in (
        ("/account", "Guten Tag, Sonia"),
        ("/account/password", "Passwort ändern"),
        ("/account/delete", "Konto löschen"),
    ):
        page = sonia.cloud.get_page(path, cookies=sonia.cookies, headers=german)
        assert 'lang="de-DE"' in page.body
        assert text in text_of(page)
