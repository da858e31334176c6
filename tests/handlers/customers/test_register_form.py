"""The form at ``/register`` and the page after it."""

from html import unescape

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.requests import PASSWORD, registration_form

ALMOST_THERE = (
    "Almost there! We send you an email to validate your email address. "
    "Please confirm it to be able to log in."
)


def test_the_form_is_shown(cloud: Cloud) -> None:
    page = cloud.get_page("/register")

    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert 'action="/register"' in page.body


def test_submitting_it_signs_up_and_says_that_a_mail_is_coming(cloud: Cloud) -> None:
    answer = cloud.post_form("/register", registration_form())
    page = cloud.get_page(answer.location)
    cloud.drain()

    assert (answer.status, answer.location) == (303, "/register/almost-there")
    assert ALMOST_THERE in unescape(page.body)
    (customer,) = cloud.customers()
    assert customer["origin"] == "form"
    assert [mail.to for mail in cloud.mails] == ["sonia@example.com"]


def test_the_browser_is_remembered_by_a_cookie_that_scripts_cannot_read(cloud: Cloud) -> None:
    (cookie,) = cloud.post_form("/register", registration_form()).cookies

    assert cookie.startswith("__Host-sign_up=")
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=86400"):
        assert attribute in cookie.split("; ")
    secret = cookie.partition("=")[2].partition(".")[0]
    assert len(secret) >= 40
    assert secret not in str(cloud.state())


def test_the_cookie_works_without_tls_where_the_shop_has_none(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(PublicUrl="http://localhost:8000")

    (cookie,) = cloud.post_form("/register", registration_form()).cookies

    assert "Secure" not in cookie


def test_mistakes_are_shown_beside_their_fields_and_the_input_is_kept(cloud: Cloud) -> None:
    answer = cloud.post_form(
        "/register", registration_form(email="sonia", first_name='So"nia', last_name="")
    )

    assert answer.status == 422
    assert 'value="So&#34;nia"' in answer.body or 'value="So&quot;nia"' in answer.body
    assert 'value="sonia"' in answer.body
    assert PASSWORD not in answer.body
    assert 'aria-invalid="true"' in answer.body
    assert cloud.customers() == []
    assert answer.cookies == []


def test_terms_that_were_not_accepted_are_told(cloud: Cloud) -> None:
    fields = registration_form()
    del fields["accepted_terms"]

    assert cloud.post_form("/register", fields).status == 422
    assert cloud.customers() == []


def test_the_language_of_the_browser_is_the_language_of_the_mail(cloud: Cloud) -> None:
    german = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}

    cloud.post_form("/register", registration_form(), headers=german)
    cloud.drain()

    assert 'lang="de' in cloud.get_page("/register", headers=german).body
    assert "Bestätig" in cloud.mails[0].text


def test_a_known_address_looks_like_a_new_one(cloud: Cloud) -> None:
    new = cloud.post_form("/register", registration_form())
    cloud.drain()
    cookies = {"__Host-sign_up": new.cookie("__Host-sign_up")}
    cloud.get_page(cloud.mails[0].link, cookies=cookies)

    known = cloud.post_form("/register", registration_form())

    assert (known.status, known.headers, known.body) == (new.status, new.headers, new.body)
    assert len(known.cookies[0]) == len(new.cookies[0])


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"email=%ff%fe", b"a=1&" * 100, b"email=" + b"x" * 200_000],
    ids=["bytes", "escapes", "fields", "size"],
)
def test_a_malformed_form_gets_an_error_page(cloud: Cloud, body: bytes) -> None:
    headers = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}

    answer = cloud.request("POST", "/register", body=body, headers=headers)

    assert answer.status == 400
    assert "<html" in answer.body
    assert cloud.customers() == []


@pytest.mark.parametrize("path", ["/register", "/register/almost-there", "/login", "/confirm"])
def test_every_page_is_guarded_by_its_headers(cloud: Cloud, path: str) -> None:
    headers = cloud.get_page(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "max-age=" in headers["strict-transport-security"]


def test_the_stylesheet_is_ours(cloud: Cloud) -> None:
    answer = cloud.request("GET", "/style.css")

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "http" not in answer.body
