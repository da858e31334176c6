"""The code in the mail to a new address: it leads where the mail's link does."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from registration.adapters import clients
from registration.domain.links import LinkSigner, Purpose
from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import NEW as NEW_CUSTOMER
from tests.handlers.staff.test_back_office import staff
from tests.handlers.test_warm_processes import rotate
from tests.support.clock import let_pass, standing
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import NEW, OLD, asked, patch
from tests.support.people.quiet import mails_to, quieted
from tests.support.people.shoppers import Shopper, text_of
from tests.support.people.typed_codes import Typist, code_in, codes_in, newest_to, wrong
from tests.support.requests import PASSWORD, customer_document

CODE = "/account/email/code"
FIELD = f'action="{CODE}"'
WRONG = "This is not the code of the newest email."


@pytest.fixture
def sonia(cloud: Cloud) -> Typist:
    """A customer who wants another address."""
    confirmed(cloud)
    return moving(cloud)


def logged_in(cloud: Cloud, email: str = OLD) -> Typist:
    browser = Typist(cloud)
    assert browser.log_in(email).status == 303
    return browser


def moving(cloud: Cloud, email: str = OLD, to: str = NEW) -> Typist:
    browser = logged_in(cloud, email)
    asks(browser, to)
    return browser


def asks(browser: Shopper, email: str = NEW) -> None:
    answer = browser.send("/account/email", email=email, password=PASSWORD)
    assert answer.location == "/account?notice=email-asked"


def code_to(cloud: Cloud, email: str = NEW) -> str:
    return code_in(newest_to(cloud, email))


def beside_the_field(answer: Answer) -> str:
    assert answer.status in {410, 422, 429}, answer.body
    assert FIELD in answer.body
    assert 'id="code-error"' in answer.body
    return text_of(answer)


def test_the_code_leads_where_the_link_does(cloud: Cloud, sonia: Typist) -> None:
    mail = newest_to(cloud, NEW)
    assert FIELD in sonia.open("/account").body

    answer = sonia.types(CODE, code_in(mail))

    assert (answer.status, answer.location) == (303, mail.link)
    assert 'name="password"' in sonia.follow(answer).body
    assert cloud.customers()[0]["email"] == OLD
    changed = sonia.send("/confirm-email", token=mail.token, password=PASSWORD)
    assert changed.location == "/account?notice=email-changed"
    assert cloud.customers()[0]["email"] == NEW
    assert FIELD not in sonia.open("/account").body


@pytest.mark.parametrize("spelling", ["{}{}", "{}-{}", " {}\u2009{}\t", "full width"])
def test_it_is_taken_however_it_is_pasted(cloud: Cloud, sonia: Typist, spelling: str) -> None:
    mail = newest_to(cloud, NEW)
    code = code_in(mail)
    wide = "".join(chr(0xFEE0 + ord(digit)) for digit in code if digit != " ")
    typed = wide if spelling == "full width" else spelling.format(*code.split())

    assert sonia.types(CODE, typed).location == mail.link


def test_without_an_address_that_waits_there_is_no_field(cloud: Cloud) -> None:
    confirmed(cloud)
    browser = logged_in(cloud)

    assert FIELD not in browser.open("/account").body
    assert browser.types(CODE, "12345678").location == "/account"


def test_nothing_is_done_by_looking(cloud: Cloud, sonia: Typist) -> None:
    code = code_to(cloud)
    before = cloud.customers()

    for method in ("GET", "HEAD"):
        answer = cloud.request(method, f"{CODE}?code={quote(code)}", cookies=sonia.cookies)
        assert "location" not in answer.headers

    assert cloud.customers() == before


def test_it_needs_the_session(cloud: Cloud, sonia: Typist) -> None:
    code = code_to(cloud)
    before = cloud.state()

    answer = Typist(cloud).types(CODE, code)

    assert answer.location == "/login?notice=log-in-first&to=account"
    assert cloud.state() == before
    assert Typist(cloud, sonia.cookies).types(CODE, code).status == 303


def test_it_is_wrong_in_another_customers_session(cloud: Cloud, sonia: Typist) -> None:
    del sonia
    confirmed(cloud, "ada@example.com")
    ada = moving(cloud, "ada@example.com", "ada@example.org")

    assert WRONG in beside_the_field(ada.types(CODE, code_to(cloud)))


def test_the_same_customer_may_type_it_in_another_browser(cloud: Cloud, sonia: Typist) -> None:
    del sonia
    mail = newest_to(cloud, NEW)

    assert logged_in(cloud).types(CODE, code_in(mail)).location == mail.link


@pytest.mark.parametrize("by", [1, 10**4, 10**7])
def test_another_code_is_wrong(cloud: Cloud, sonia: Typist, by: int) -> None:
    assert WRONG in beside_the_field(sonia.types(CODE, wrong(code_to(cloud), by)))


@pytest.mark.parametrize("typed", ["", "1234", "123456789", "\u2460" * 7 + "x"])
def test_what_is_no_code_is_not_counted(cloud: Cloud, sonia: Typist, typed: str) -> None:
    before = cloud.state()

    assert "The code has eight digits." in beside_the_field(sonia.types(CODE, typed))
    assert cloud.state() == before


def test_only_the_newest_code_is_right(cloud: Cloud, sonia: Typist) -> None:
    old = code_to(cloud)
    asks(sonia, "other@example.org")
    new = newest_to(cloud, "other@example.org")

    assert WRONG in beside_the_field(sonia.types(CODE, old))
    assert sonia.types(CODE, code_in(new)).location == new.link


def test_it_works_as_long_as_the_link(cloud: Cloud, sonia: Typist) -> None:
    mail = newest_to(cloud, NEW)
    let_pass(timedelta(hours=23, minutes=59))
    assert sonia.types(CODE, code_in(mail)).location == mail.link

    let_pass(timedelta(minutes=2))

    assert "This code has expired." in beside_the_field(sonia.types(CODE, code_in(mail)))
    assert sonia.open(mail.link).status == 410


def test_the_code_outlives_a_rotation_of_the_keys(cloud: Cloud, sonia: Typist) -> None:
    code = code_to(cloud)

    rotate(cloud, "LinkKeys")

    assert sonia.types(CODE, code).location.startswith("/confirm-email?token=")


# Mails without a code


def test_the_mail_of_the_api_has_none_and_ends_the_one_before(cloud: Cloud, sonia: Typist) -> None:
    first, who = code_to(cloud), (cloud.customers()[0]["reference"], bearer(sign_in(cloud)))

    asked(cloud, who, "other@example.org")

    assert codes_in(newest_to(cloud, "other@example.org")) == set()
    assert FIELD not in sonia.open("/account").body
    assert sonia.types(CODE, first).location == "/account"


def test_the_mail_of_staff_has_none_and_ends_the_one_before(cloud: Cloud, sonia: Typist) -> None:
    reference, first = cloud.customers()[0]["reference"], code_to(cloud)
    fields = {**NEW_CUSTOMER, "email": "staffs@example.org"}
    path = f"/back-office/customers/{reference}/edit"
    cloud.post_form(path, fields, cookies=staff(cloud))

    assert codes_in(newest_to(cloud, "staffs@example.org")) == set()
    assert sonia.types(CODE, first).location == "/account"


def test_an_address_that_waited_before_there_were_codes(cloud: Cloud, sonia: Typist) -> None:
    code, customer = code_to(cloud), cloud.customers()[0]
    clients.dynamodb().update_item(
        TableName=cloud.customers_table,
        Key={name: {"S": customer[name]} for name in ("PK", "SK")},
        UpdateExpression="REMOVE new_email.since",
    )

    page = sonia.open("/account")

    assert NEW in page.body
    assert FIELD not in page.body
    assert sonia.types(CODE, code).location == "/account"


def test_an_address_in_use_looks_the_same(cloud: Cloud, sonia: Typist) -> None:
    """Its owner gets another mail, without a code; the customer cannot tell."""
    confirmed(cloud, "anna@example.net")
    usual = sonia.open("/account").body
    asks(sonia, "anna@example.net")

    found = sonia.open("/account").body
    answer = sonia.types(CODE, "12345678")

    assert found == usual.replace(NEW, "anna@example.net")
    assert WRONG in beside_the_field(answer)
    assert codes_in(newest_to(cloud, "anna@example.net")) == set()


def test_a_change_by_the_profile_keeps_the_code(cloud: Cloud, sonia: Typist) -> None:
    mail = newest_to(cloud, NEW)
    who = (cloud.customers()[0]["reference"], bearer(sign_in(cloud)))
    assert patch(cloud, who, phone="+49 30 1").status == 200

    assert sonia.types(CODE, code_in(mail)).location == mail.link


def test_a_sign_up_with_the_new_address_has_another_code(cloud: Cloud, sonia: Typist) -> None:
    """Its code proves the sign-up, in the browser that signed up, and nothing here."""
    cloud.drain()
    cloud.post_json("/customers", customer_document(email=NEW))
    codes = codes_in(newest_to(cloud, NEW)) or {"12345678"}

    assert WRONG in beside_the_field(sonia.types(CODE, codes.pop()))


@pytest.mark.parametrize("why", ["quiet", "asked too often"])
def test_a_mail_that_is_withheld_has_no_code_to_guess(make_cloud: MakeCloud, why: str) -> None:
    """The page looks as ever, and not even the right digits lead on."""
    cloud = make_cloud(ForgottenPasswordsPerEmail="1")
    confirmed(cloud)
    confirmed(cloud, "maria@example.com")
    with standing(timedelta(hours=2)):
        if why == "quiet":
            quieted(cloud, NEW)
        else:
            moving(cloud, "maria@example.com")
        sent = mails_to(cloud, NEW)
        browser = moving(cloud)
        assert mails_to(cloud, NEW) == sent
        assert FIELD in browser.open("/account").body
        (customer,) = (each for each in cloud.customers() if each["email"] == OLD)
        keys = LinkSigner(signing_keys(cloud))
        new = customer["new_email"]
        digits = keys.code(Purpose.CHANGE_EMAIL, customer["reference"], new["token_id"])

        assert browser.types(CODE, digits).status == 422


def signing_keys(cloud: Cloud) -> list[str]:
    secret = cloud.stack.names["LinkKeys"]
    kept = json.loads(clients.secrets_manager().get_secret_value(SecretId=secret)["SecretString"])
    return [kept["current"]]
