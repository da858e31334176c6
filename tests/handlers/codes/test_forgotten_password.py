"""The code in the mail to a forgotten password: it leads where the mail's link does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import staff
from tests.handlers.test_warm_processes import rotate
from tests.support.clock import let_pass
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import confirmed, sign_in
from tests.support.people.shoppers import Shopper, text_of
from tests.support.people.typed_codes import Typist, code_in, codes_in, newest_to, wrong
from tests.support.requests import customer_document, email_document

EMAIL, NEW_PASSWORD = "sonia@example.com", "gentle harbour lantern"
FORGOTTEN = "__Host-forgotten"
CODE, SENT = "/forgot-password/code", "/forgot-password/sent"
WRONG = "This is not the code of the newest email."
EXPIRED = "This code has expired."


@pytest.fixture
def sonia(cloud: Cloud) -> Typist:
    """A confirmed customer who has forgotten the password."""
    confirmed(cloud)
    return forgetful(cloud)


def forgetful(cloud: Cloud, email: str = EMAIL) -> Typist:
    browser = Typist(cloud)
    asked(browser, email)
    return browser


def asked(browser: Shopper, email: str = EMAIL) -> None:
    assert browser.send("/forgot-password", email=email).location == SENT


def code_to(cloud: Cloud, email: str = EMAIL) -> str:
    return code_in(newest_to(cloud, email))


def beside_the_field(answer: Answer) -> str:
    """Return what stands beside the field of the code."""
    assert answer.status in {410, 422, 429}, answer.body
    assert 'action="/forgot-password/code"' in answer.body
    assert 'id="code-error"' in answer.body
    assert "location" not in answer.headers
    return text_of(answer)


# The right code


def test_the_code_leads_where_the_link_does(cloud: Cloud, sonia: Typist) -> None:
    mail = newest_to(cloud, EMAIL)

    answer = sonia.types(CODE, code_in(mail))

    assert (answer.status, answer.location) == (303, mail.link)
    assert "Choose a new password" in text_of(sonia.follow(answer))
    chosen = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    saved = sonia.send("/restore-password", token=mail.token, **chosen)
    assert saved.location == "/login?notice=password-changed"
    assert sign_in(cloud, EMAIL, NEW_PASSWORD).status == 201


@pytest.mark.parametrize(
    "spelling",
    [
        "{}{}",
        " {} {} ",
        "{}-{}",
        "{}\u2013{}",
        "{}\u00a0{}",
        "\u200b{}\u202f{}\n",
        "full width",
        "arabic",
    ],
)
def test_it_is_taken_however_it_is_pasted(cloud: Cloud, sonia: Typist, spelling: str) -> None:
    mail = newest_to(cloud, EMAIL)
    code = code_in(mail)
    scripts = {"full width": 0xFF10, "arabic": 0x0660}
    if spelling in scripts:
        typed = "".join(chr(scripts[spelling] + int(d)) if d != " " else d for d in code)
    else:
        typed = spelling.format(*code.split())

    assert sonia.types(CODE, typed).location == mail.link


def test_it_changes_nothing_by_itself(cloud: Cloud, sonia: Typist) -> None:
    code = code_to(cloud)
    before = cloud.customers()

    sonia.follow(sonia.types(CODE, code))
    for method in ("GET", "HEAD"):
        for path in (CODE, SENT):
            target = f"{path}?code={quote(code)}"
            answer = cloud.request(method, target, cookies=sonia.cookies)
            assert "location" not in answer.headers

    assert cloud.customers() == before


def test_the_page_has_the_field_only_in_the_browser_that_asked(cloud: Cloud, sonia: Typist) -> None:
    field = 'inputmode="numeric" autocomplete="one-time-code"'
    assert field in sonia.open(SENT).body
    assert field not in Shopper(cloud).open(SENT).body

    sonia.log_in()

    assert field not in sonia.open(SENT).body


def test_a_browser_that_did_not_ask_is_led_to_the_form(cloud: Cloud, sonia: Typist) -> None:
    answer = Typist(cloud).types(CODE, code_to(cloud))

    assert (answer.status, answer.location) == (303, "/forgot-password")


# Other codes


@pytest.mark.parametrize("typed", ["", "1234", "123456789", "1234 567x", "\u4e00" * 8, "9" * 5000])
def test_what_is_no_code_is_not_counted(cloud: Cloud, sonia: Typist, typed: str) -> None:
    before = cloud.state()

    assert "The code has eight digits." in beside_the_field(sonia.types(CODE, typed))
    assert cloud.state() == before


@pytest.mark.parametrize("by", [1, 10**4, 10**7])
def test_another_code_is_wrong(cloud: Cloud, sonia: Typist, by: int) -> None:
    assert WRONG in beside_the_field(sonia.types(CODE, wrong(code_to(cloud), by)))


def test_it_is_wrong_in_another_browser_that_asked(cloud: Cloud) -> None:
    confirmed(cloud)
    stranger = forgetful(cloud)
    owner = forgetful(cloud)
    mail = newest_to(cloud, EMAIL)

    assert WRONG in beside_the_field(stranger.types(CODE, code_in(mail)))
    assert owner.types(CODE, code_in(mail)).location == mail.link


@pytest.mark.parametrize("secret", ["A" * 43, "", "x"])
def test_it_is_wrong_with_a_forged_cookie(cloud: Cloud, sonia: Typist, secret: str) -> None:
    code = code_to(cloud)
    sonia.cookies[FORGOTTEN] = f"{secret}.{sonia.cookies[FORGOTTEN].partition('.')[2]}"

    answer = sonia.types(CODE, code)

    assert answer.location == "/forgot-password" if len(secret) < 43 else beside_the_field(answer)


def test_another_customers_code_is_wrong(cloud: Cloud, sonia: Typist) -> None:
    confirmed(cloud, "ada@example.com")
    forgetful(cloud, "ada@example.com")

    assert WRONG in beside_the_field(sonia.types(CODE, code_to(cloud, "ada@example.com")))


def test_only_the_newest_code_is_right(cloud: Cloud, sonia: Typist) -> None:
    old = code_to(cloud)
    asked(sonia)
    new = newest_to(cloud, EMAIL)

    assert WRONG in beside_the_field(sonia.types(CODE, old))
    assert sonia.types(CODE, code_in(new)).location == new.link


def test_it_is_wrong_once_it_is_used(cloud: Cloud, sonia: Typist) -> None:
    mail = newest_to(cloud, EMAIL)
    chosen = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    kept = dict(sonia.cookies)
    sonia.send("/restore-password", token=mail.token, **chosen)
    assert FORGOTTEN not in sonia.cookies
    sonia.cookies = kept

    assert WRONG in beside_the_field(sonia.types(CODE, code_in(mail)))


@pytest.mark.clock(datetime(2026, 11, 22, 12, 1, 30, 750_000, tzinfo=UTC))
@pytest.mark.parametrize(("hours", "works"), [("2", True), ("1", False)])
def test_it_works_as_long_as_the_link(make_cloud: MakeCloud, hours: str, *, works: bool) -> None:
    cloud = make_cloud(ResetLinkHours=hours)
    confirmed(cloud)
    sonia = forgetful(cloud)
    mail = newest_to(cloud, EMAIL)
    let_pass(timedelta(hours=1, minutes=59, seconds=59))

    answer = sonia.types(CODE, code_in(mail))

    assert answer.location == mail.link if works else EXPIRED in beside_the_field(answer)
    assert ("Choose a new password" in text_of(sonia.open(mail.link))) is works


def test_the_code_outlives_a_rotation_of_the_keys(cloud: Cloud, sonia: Typist) -> None:
    code = code_to(cloud)

    rotate(cloud, "LinkKeys")

    assert sonia.types(CODE, code).location.startswith("/restore-password?token=")


def test_a_former_address_has_no_code(cloud: Cloud, sonia: Typist) -> None:
    """The customer's own changed the address since: its link went with it."""
    code, mail = code_to(cloud), newest_to(cloud, EMAIL)
    owner = Shopper(cloud)
    owner.log_in()
    asks = {"email": "new@example.org", "password": "sturdy teapot orbit"}
    owner.send("/account/email", **asks)
    token = newest_to(cloud, "new@example.org").token
    owner.send("/confirm-email", token=token, password=asks["password"])

    assert WRONG in beside_the_field(sonia.types(CODE, code))
    assert sonia.open(mail.link).status == 410


# Mails without a code


def test_the_mail_of_the_api_has_none_and_ends_the_one_before(cloud: Cloud, sonia: Typist) -> None:
    first = code_to(cloud)

    kind = "customer-forgotten-password"
    assert cloud.post_json(f"/{kind}", email_document(kind, EMAIL)).status == 204

    assert codes_in(newest_to(cloud, EMAIL)) == set()
    assert WRONG in beside_the_field(sonia.types(CODE, first))


def test_the_mail_of_staff_has_none_and_ends_the_one_before(cloud: Cloud, sonia: Typist) -> None:
    first, reference = code_to(cloud), cloud.customers()[0]["reference"]

    cloud.post_form(f"/back-office/customers/{reference}/password-mail", {}, cookies=staff(cloud))

    assert codes_in(newest_to(cloud, EMAIL)) == set()
    assert WRONG in beside_the_field(sonia.types(CODE, first))


def test_a_mail_that_waited_long_has_none(cloud: Cloud, sonia: Typist) -> None:
    """Its link begins anew, and nobody waits in the browser any more."""
    del sonia
    let_pass(timedelta(hours=1, minutes=30))
    cloud.sweep()

    assert codes_in(newest_to(cloud, EMAIL)) == set()


def test_an_address_over_its_limit_keeps_its_code(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ForgottenPasswordsPerEmail="1")
    confirmed(cloud)
    sonia = forgetful(cloud)
    mail = newest_to(cloud, EMAIL)

    asked(sonia)

    assert sonia.types(CODE, code_in(mail)).location == mail.link


def test_a_code_of_a_sign_up_is_none_here(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(email=EMAIL))
    browser = forgetful(cloud)
    code = codes_in(newest_to(cloud, EMAIL)) or {"12345678"}

    assert WRONG in beside_the_field(browser.types(CODE, code.pop()))
    assert cloud.customers()[0]["status"] == "unverified"
