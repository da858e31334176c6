"""The code of the mail confirms in the browser that signed up, and nowhere else."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.people.shoppers import Shopper
from tests.support.requests import email_document, registration_form

SIGN_UP = "__Host-sign_up"
EMAIL = "sonia@example.com"
VALIDATED = "Your email address is validated. Please login to continue."
WRONG = "This is not the code of the newest email."


def signed_up(cloud: Cloud, email: str = EMAIL) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email).status == 303
    cloud.drain()
    return shopper


def typed(shopper: Shopper, code: str) -> Answer:
    return shopper.send("/register/code", code=code)


def wrong(code: str, by: int = 1) -> str:
    """Return another code of eight digits."""
    return f"{(int(code) + by) % 10**8:08}"


def status(cloud: Cloud) -> str:
    (customer,) = cloud.customers()
    return str(customer["status"])


def test_the_code_confirms_in_the_browser_that_signed_up(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    answer = typed(desk, cloud.mails[-1].code)

    assert answer.location == "/login?notice=confirmed"
    assert VALIDATED in unescape(desk.go(answer.location).body)
    assert status(cloud) == "verified"
    assert SIGN_UP not in desk.cookies
    assert desk.log_in().location == "/account"


def test_the_code_leads_on_to_the_checkout(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.add("apple")
    desk.sign_up(**{"from": "checkout"})
    cloud.drain()

    answer = typed(desk, cloud.mails[-1].code)

    assert answer.location == "/login?notice=confirmed&to=checkout"


@pytest.mark.parametrize(
    "spelled",
    [
        lambda code: code,
        lambda code: f"{code[:4]} {code[4:]}",
        lambda code: f"  {code[:4]}-{code[4:]}\n",
        lambda code: f"{code[:2]}\u00a0{code[2:5]}\u2013{code[5:]}",
        "\u200b".join,
        lambda code: "".join(chr(ord(digit) + 0xFEE0) for digit in code),
        lambda code: "".join(chr(ord(digit) - 0x30 + 0x660) for digit in code),
    ],
    ids=["plain", "blank", "hyphen", "odd blanks", "unseen", "full width", "Arabic"],
)
def test_a_code_may_be_pasted_as_people_write_digits(
    cloud: Cloud, spelled: Callable[[str], str]
) -> None:
    desk = signed_up(cloud)

    assert typed(desk, spelled(cloud.mails[-1].code)).status == 303
    assert status(cloud) == "verified"


@pytest.mark.parametrize("code", ["", " ", "1234", "123456789", "1234567a", "x" * 9_000])
def test_what_is_no_code_is_told_and_does_not_count(make_cloud: MakeCloud, code: str) -> None:
    cloud = make_cloud(CodesPerSignUp="1")
    desk = signed_up(cloud)

    for _ in range(3):
        answer = typed(desk, code)
        assert answer.status == 422
        assert "The code has eight digits." in answer.body

    assert typed(desk, cloud.mails[-1].code).status == 303


def test_a_wrong_code_confirms_nothing(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    answer = typed(desk, wrong(cloud.mails[-1].code))

    assert answer.status == 422
    assert WRONG in unescape(answer.body)
    assert 'aria-invalid="true"' in answer.body
    assert status(cloud) == "unverified"


def nobody(cloud: Cloud) -> Shopper:
    return Shopper(cloud)


def a_stranger(cloud: Cloud) -> Shopper:
    return signed_up(cloud, "mallory@example.com")


def who_signed_up_before(cloud: Cloud) -> Shopper:
    stranger = Shopper(cloud)
    stranger.sign_up(EMAIL)
    return stranger


def who_planted_the_address(cloud: Cloud) -> Shopper:
    """Return a browser whose cookie names the address, with another secret."""
    stranger = a_stranger(cloud)
    owner = Shopper(cloud)
    owner.sign_up(EMAIL)
    secret, _, form = stranger.cookies[SIGN_UP].partition(".")[0], ".", owner.cookies[SIGN_UP]
    stranger.cookies[SIGN_UP] = f"{secret}.{form.partition('.')[2]}"
    return stranger


@pytest.mark.parametrize(
    "stranger", [nobody, a_stranger, who_signed_up_before, who_planted_the_address]
)
def test_the_code_confirms_in_no_other_browser(
    cloud: Cloud, stranger: Callable[[Cloud], Shopper]
) -> None:
    elsewhere = stranger(cloud)
    signed_up(cloud)
    code = cloud.mails[-1].code
    before = cloud.customers()

    typed(elsewhere, code)

    assert cloud.customers() == before


def test_only_the_code_of_the_newest_mail_counts(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    old = cloud.mails[-1].code
    desk.send("/register/new-mail")
    cloud.drain()

    assert typed(desk, old).status == 422
    assert typed(desk, cloud.mails[-1].code).status == 303


def test_the_code_works_as_long_as_the_link(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ConfirmLinkHours="3")
    desk = signed_up(cloud)

    with later(timedelta(hours=2, minutes=59)):
        assert typed(desk, cloud.mails[-1].code).status == 303


def test_an_expired_code_says_so(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ConfirmLinkHours="3")
    desk = signed_up(cloud)

    with later(timedelta(hours=3, seconds=1)):
        answer = typed(desk, cloud.mails[-1].code)

    assert answer.status == 422
    assert "This code has expired." in answer.body
    assert status(cloud) == "unverified"


def test_a_new_mail_brings_a_code_that_works_as_long_again(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ConfirmLinkHours="3")
    desk = signed_up(cloud)
    with later(timedelta(hours=2, minutes=59)):
        desk.send("/register/new-mail")
        cloud.drain()

    with later(timedelta(hours=5)):
        assert typed(desk, cloud.mails[-1].code).status == 303


def test_a_code_typed_twice_leads_to_the_login_page(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    cookies = dict(desk.cookies)
    typed(desk, cloud.mails[-1].code)

    again = Shopper(cloud, cookies)

    assert typed(again, cloud.mails[-1].code).location == "/login?notice=confirmed"


def test_a_form_of_another_site_confirms_nothing(cloud: Cloud) -> None:
    desk = signed_up(cloud)

    answer = desk.send_as_is("/register/code", {"code": cloud.mails[-1].code})

    assert answer.status == 403
    assert status(cloud) == "unverified"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_but_sending_the_form_confirms(cloud: Cloud, method: str) -> None:
    desk = signed_up(cloud)

    cloud.request(method, f"/register/code?code={cloud.mails[-1].code}", cookies=desk.cookies)
    cloud.request(
        method, f"/register/almost-there?code={cloud.mails[-1].code}", cookies=desk.cookies
    )

    assert status(cloud) == "unverified"


def test_what_staff_entered_has_the_sign_up_that_the_code_confirms(cloud: Cloud) -> None:
    """The code counts for the sign-up of its browser, as the link does there."""
    cloud.drop(
        "customer.csv",
        b"customer_reference,email,salutation,first_name,last_name,gender\n"
        b"DE--21,sonia@example.com,Ms,Sonja,Torres,Female\n",
    )
    cloud.drain()
    desk = signed_up(cloud)

    assert typed(desk, cloud.mails[-1].code).status == 303
    (customer,) = cloud.customers()
    assert (customer["reference"], customer["first_name"]) == ("DE--21", "Sonia")
    assert desk.log_in().location == "/account"


# What the mail says


def test_the_code_stands_in_the_text_and_at_the_top_of_the_mail(cloud: Cloud) -> None:
    signed_up(cloud)
    mail = cloud.mails[-1]
    grouped = f"{mail.code[:4]} {mail.code[4:]}"

    assert grouped in mail.text
    assert mail.html.index(grouped) < mail.html.index(mail.link.replace("&", "&amp;"))


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_the_code_stands_on_a_line_of_its_own(cloud: Cloud, language: str) -> None:
    form = registration_form(first_name="Wilhelmina-Alexandra")
    cloud.post_form("/register", form, headers={"accept-language": language})
    cloud.drain()
    mail = cloud.mails[-1]

    assert f"{mail.code[:4]} {mail.code[4:]}" in mail.text.splitlines()


def shown_on_a_locked_phone(mail: str) -> str:
    return mail[:140]


def test_neither_subject_nor_preview_shows_the_code(cloud: Cloud) -> None:
    signed_up(cloud)
    mail = cloud.mails[-1]

    assert not any(character.isdigit() for character in mail.subject)
    body = unescape(mail.html.partition("<body")[2].partition(">")[2])
    hidden = body.partition("<div")[2].partition(">")[2].partition("</div>")[0]
    # The longest preview known, of some 200 characters, ends within what nobody sees.
    assert len(hidden) > 250
    assert mail.code[:4] not in hidden
    assert mail.code[:4] not in shown_on_a_locked_phone(mail.text)


def test_a_shop_may_put_the_code_in_the_subject(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(CodeInSubject="true")
    signed_up(cloud)
    mail = cloud.mails[-1]

    assert mail.subject.startswith(f"{mail.code[:4]} {mail.code[4:]}: ")


def test_an_imported_customer_whom_no_browser_waits_for_gets_no_code(cloud: Cloud) -> None:
    cloud.drop(
        "customer.csv",
        b"customer_reference,email,salutation,first_name,last_name,gender\n"
        b"DE--21,sonia@example.com,Ms,Sonja,Torres,Female\n",
    )
    cloud.drain()
    cloud.sweep()

    assert len(cloud.mails) == 1
    assert cloud.mails[0].code == ""


def test_a_mail_that_waited_for_long_has_a_new_link_and_no_code(make_cloud: MakeCloud) -> None:
    """Its browser waits no more, and nothing would tell how old the code is."""
    cloud = make_cloud(ConfirmLinkHours="3")
    Shopper(cloud).sign_up()

    with later(timedelta(hours=2)):
        cloud.sweep()

    assert cloud.mails[-1].code == ""
    assert cloud.get_page(cloud.mails[-1].link).status == 200


def asked_elsewhere(cloud: Cloud) -> None:
    Shopper(cloud).send("/confirm/new-link", email=EMAIL)


def asked_by_the_api(cloud: Cloud) -> None:
    kind = "customer-confirmation-requests"
    cloud.post_json(f"/{kind}", email_document(kind, EMAIL))


def forgotten(cloud: Cloud) -> None:
    Shopper(cloud).send("/forgot-password", email=EMAIL)


@pytest.mark.parametrize("ask", [asked_elsewhere, asked_by_the_api, forgotten])
def test_a_mail_that_was_asked_for_elsewhere_has_no_code(
    cloud: Cloud, ask: Callable[[Cloud], None]
) -> None:
    """It would count where the sign-up was made, and the mail is read somewhere else."""
    signed_up(cloud)

    ask(cloud)
    cloud.drain()

    assert len(cloud.mails) == 2
    assert cloud.mails[-1].code == ""


def test_the_page_of_a_new_link_sends_a_code_in_the_browser_that_signed_up(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    desk.send("/confirm/new-link", email=EMAIL)
    cloud.drain()

    assert typed(desk, cloud.mails[-1].code).status == 303


def test_a_new_mail_over_what_was_imported_has_a_code_too(cloud: Cloud) -> None:
    cloud.drop(
        "customer.csv",
        b"customer_reference,email,salutation,first_name,last_name,gender\n"
        b"DE--21,sonia@example.com,Ms,Sonja,Torres,Female\n",
    )
    cloud.drain()
    desk = signed_up(cloud)
    desk.send("/register/new-mail")
    cloud.drain()

    assert typed(desk, cloud.mails[-1].code).status == 303
