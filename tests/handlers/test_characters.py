"""Characters that nobody sees, and those that were lost on the way, through every door."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from registration.domain.emails import EmailAddress
from registration.domain.invisible import INVISIBLE, trimmed
from tests.handlers.staff.test_back_office import staff
from tests.support.cloud import PUBLIC_URL, SESSION, Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import PASSWORD, customer_document, registration_form

JSON_API = "application/vnd.api+json"
# Blanks of all widths, direction and byte order marks, joiners, selectors, fillers.
AROUND = (
    *("\t", "\u200b", "\u200e", "\u202e", "\ufeff", "\u2069", "\u200d", "\u3164", "\ufe0f"),
    *("\u00a0\u200b", "\u200f \t", "\u2060\u200c\u200d", "\U000e0041", "\u034f", "\r\n"),
)
LOST = "\ufffd"
BARE = {
    "firstName": "Ada Mae",
    "lastName": "Stone",
    "email": "sonia@example.com",
    "phone": "030 1234567",
    "company": "Stone & Daughters",
}


@pytest.fixture(params=["api", "form", "back office", "account"])
def kept(request: Any, cloud: Cloud) -> Any:
    """Sends names and a phone number through one door, and returns what is kept of them."""

    def by_api(given: dict[str, str]) -> Answer:
        names = {"first_name": "firstName", "last_name": "lastName"}
        return cloud.post_json(
            "/customers", customer_document(**{names.get(k, k): v for k, v in given.items()})
        )

    def by_form(given: dict[str, str]) -> Answer:
        return cloud.post_form("/register", registration_form(**given))

    def by_staff(given: dict[str, str]) -> Answer:
        form = registration_form(**given)
        return cloud.post_form("/back-office/customers/new", form, cookies=staff(cloud))

    def by_account(given: dict[str, str]) -> Answer:
        confirmed(cloud)
        login = {"email": "sonia@example.com", "password": PASSWORD}
        session = cloud.post_form("/login", login).cookie(SESSION)
        given = {name: text for name, text in given.items() if name != "email"}
        return cloud.post_form("/account", given, cookies={SESSION: session})

    doors = {"api": by_api, "form": by_form, "back office": by_staff, "account": by_account}

    def send(**given: str) -> tuple[int, dict[str, Any]]:
        answer = doors[request.param](given)
        (customer,) = cloud.customers() or [{}]
        return answer.status, customer

    return send


@pytest.mark.parametrize("around", ["\t\u200b\u202e", "\u200d\ufe0f "], ids=ascii)
def test_what_nobody_sees_around_a_value_is_left_out(
    request: pytest.FixtureRequest, kept: Any, around: str
) -> None:
    status, customer = kept(
        first_name=f"{around}Ada Mae",
        last_name=f"Stone{around}",
        phone=f"{around}030 1234567{around}",
        company=f"{around}Stone & Daughters{around}",
        email=f"{around}sonia@example.com{around}",
    )

    assert status in {201, 303}
    assert (customer["first_name"], customer["last_name"]) == ("Ada Mae", "Stone")
    if request.node.callspec.params["kept"] == "form":
        assert {"phone", "company"}.isdisjoint(customer), "the form asks for neither"
    else:
        assert (customer["phone"], customer["company"]) == ("030 1234567", "Stone & Daughters")
    assert customer["email"] == "sonia@example.com"


def test_a_character_that_was_lost_is_told_beside_its_field(kept: Any) -> None:
    status, customer = kept(first_name=f"J{LOST}rgen")

    assert status in {400, 422}
    assert customer.get("first_name") != f"J{LOST}rgen"


@pytest.mark.parametrize("around", AROUND, ids=ascii)
def test_none_of_them_is_kept_around_a_value(cloud: Cloud, around: str) -> None:
    typed = {name: f"{around}{value}{around}" for name, value in BARE.items()}

    answer = cloud.post_json("/customers", customer_document(**typed))

    assert answer.status == 201
    assert BARE.items() <= answer.json["data"]["attributes"].items()


@pytest.mark.parametrize("around", ["\t\u200b\u202e", "\u200d\ufe0f "], ids=ascii)
def test_what_nobody_sees_around_an_address_is_left_out_by_every_call(
    cloud: Cloud, around: str
) -> None:
    confirmed(cloud)
    typed = f"{around}sonia@example.com{around}"

    assert sign_in(cloud, typed).status == 201
    for kind in ("customer-confirmation-requests", "customer-forgotten-password"):
        body = {"data": {"type": kind, "attributes": {"email": typed}}}
        assert cloud.post_json(f"/{kind}", body).status == 204
    for path in ("/login", "/forgot-password", "/confirm/new-link"):
        assert cloud.post_form(path, {"email": typed, "password": PASSWORD}).status == 303


def test_whatever_an_import_trims_the_other_doors_trim() -> None:
    assert [ascii(each) for each in INVISIBLE if trimmed(f"{each}Ada{each}") != "Ada"] == []


@pytest.mark.parametrize(
    "name", ["\u0d2e\u0d4b\u0d39\u0d28\u0d4d\u200d", "\u2764\ufe0f", "\u845b\U000e0100"]
)
def test_what_a_spelling_needs_at_its_end_stays(name: str) -> None:
    assert trimmed(f" \u200b{name}\u200b ") == name


def test_a_long_row_of_invisible_characters_takes_no_time() -> None:
    for mark in ("\u200d", "\ufe0f", " ", "\u200d "):
        assert trimmed(mark * 200_000) == ""
        assert trimmed(f"Ada{mark * 200_000}Mae{mark * 200_000}").endswith("Mae")
        with pytest.raises(Exception, match="Email"):
            EmailAddress.parse("a" + mark * 200_000 + "@example.com")


# Lost characters, byte order marks and charsets


def raw(cloud: Cloud, body: bytes | str, content_type: str = JSON_API) -> Answer:
    return cloud.request("POST", "/customers", body=body, headers={"content-type": content_type})


def document(**attributes: str) -> str:
    return json.dumps(customer_document(**attributes), ensure_ascii=False)


@pytest.mark.parametrize(
    "charset",
    ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "shift-jis", "cp037", "gb18030"],
)
def test_json_in_another_charset_is_refused(cloud: Cloud, charset: str) -> None:
    name = "\u5c71\u7530" if charset in {"shift-jis", "gb18030"} else "J\u00fcrgen"
    body = document(firstName=name).encode(charset)

    undeclared, declared = raw(cloud, body), raw(cloud, body, f"{JSON_API}; charset={charset}")

    assert (undeclared.status, declared.status) == (400, 415)
    assert "charset" in declared.errors[0][2]
    assert not cloud.customers()


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ("; charset=utf-8", 201),
        ('; charset="UTF-8"', 201),
        (";Charset = utf8", 201),
        ("; charset=us-ascii", 201),
        ("; profile=x; charset=ISO-8859-1", 415),
        ('; charset="utf-16"', 415),
        ("; charset=klingon", 415),
        ("; charset=utf-8; charset=latin-1", 415),
        ("; charset=utf-7", 415),
        ("; charset=rot13", 415),
        ("; charset=a\0b", 415),
        ("; charset='utf-8'", 201),
        ("; charset=UTF_8", 201),
        ("; charset=", 201),
    ],
)
def test_a_charset_is_utf_8_or_refused(cloud: Cloud, parameters: str, status: int) -> None:
    assert raw(cloud, document(), f"application/json{parameters}").status == status


def test_a_byte_order_mark_before_json_is_ignored(cloud: Cloud) -> None:
    assert raw(cloud, f"\ufeff{document()}").status == 201
    assert raw(cloud, f"\ufeff{document()}".encode()).status == 201
    assert raw(cloud, "\ufeff").status == 400


@pytest.mark.parametrize("lost", [LOST, "\\ufffd", "\\uFFFD"])
@pytest.mark.parametrize(
    ("method", "path", "kind", "attribute"),
    [
        ("POST", "/customers", "customers", "firstName"),
        ("POST", "/customers", "customers", "password"),
        ("POST", "/customers", "customers", "email"),
        ("POST", "/access-tokens", "access-tokens", "password"),
        ("POST", "/refresh-tokens", "refresh-tokens", "refreshToken"),
        ("POST", "/customer-confirmation", "customer-confirmation", "registrationKey"),
        ("POST", "/customer-forgotten-password", "customer-forgotten-password", "email"),
        ("PATCH", "/customer-restore-password/x", "customer-restore-password", "password"),
        ("POST", "/guest-cart-items", "guest-cart-items", "sku"),
        ("PATCH", "/customers/me", "customers", "company"),
        ("POST", "/carts", "carts", "name"),
    ],
)
def test_a_lost_character_in_json_is_refused_as_such(
    cloud: Cloud, lost: str, method: str, path: str, kind: str, attribute: str
) -> None:
    reference = confirmed(cloud)
    is_own = path in {"/customers/me", "/carts"}
    headers = bearer(sign_in(cloud)) if is_own else {}
    if kind == "guest-cart-items":
        headers = {"x-anonymous-customer-unique-id": "guest"}
    before = cloud.state()
    attributes = {**customer_document()["data"]["attributes"], attribute: "J?rgen"}
    body = json.dumps({"data": {"type": kind, "attributes": attributes}}).replace("J?", f"J{lost}")

    answer = cloud.request(
        method,
        path.replace("/me", f"/{reference}"),
        body=body,
        headers={"content-type": JSON_API, **headers},
    )

    assert answer.status == 400
    assert "U+FFFD" in answer.errors[0][2]
    assert cloud.state() == before


@pytest.mark.parametrize("lost", ["%EF%BF%BD", "%FC", "%C3"])
def test_a_lost_character_in_a_token_request_is_refused(cloud: Cloud, lost: str) -> None:
    form = f"grant_type=password&username=sonia@example.com&password={lost}"
    headers = {"content-type": "application/x-www-form-urlencoded"}

    answer = cloud.request("POST", "/token", body=form, headers=headers)

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert "UTF-8" in answer.json["error_description"]


@pytest.mark.parametrize(
    "field",
    ["first_name", "last_name", "email", "password", "confirm_password"],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_form_tells_of_a_lost_character(cloud: Cloud, field: str, language: str) -> None:
    given = registration_form(**{field: f"{LOST}sturdy@teapot.example"})
    page = cloud.post_form("/register", given, headers={"accept-language": language})

    assert page.status == 422
    assert {"en": "Type it again", "de": "noch einmal"}[language] in page.body
    assert not cloud.customers()


def test_no_new_password_has_a_lost_character(cloud: Cloud) -> None:
    confirmed(cloud)
    login = {"email": "sonia@example.com", "password": PASSWORD}
    session = {SESSION: cloud.post_form("/login", login).cookie(SESSION)}
    chosen = f"gl{LOST}cklich allein zuhaus"

    page = cloud.post_form(
        "/account/password",
        {"password": PASSWORD, "new_password": chosen, "repeat_password": chosen},
        cookies=session,
    )

    assert page.status == 400
    assert "lost" in page.body
    assert cloud.post_form("/login", {**login, "password": chosen}).status == 401


def test_a_form_in_another_charset_is_refused(cloud: Cloud) -> None:
    page = cloud.get_page("/login")
    token = page.body.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookies = dict(line.partition(";")[0].split("=", 1) for line in page.cookies)
    body = f"csrf_token={token}&first_name=J%FCrgen&x={quote(PUBLIC_URL)}"
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert (
        cloud.request("POST", "/register", body=body, headers=headers, cookies=cookies).status
        == 400
    )
