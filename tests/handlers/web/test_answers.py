"""What clients of Spryker's Glue send, and what they read in every answer."""

import base64
import json
from typing import Any

import jwt
import pytest

from registration.entrypoints.web.routes import Route, routes
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import NOBODY, bearer, confirmed, oauth, refresh, sign_in
from tests.support.requests import PASSWORD, customer_document, email_document

JSON_API = "application/vnd.api+json"
CALLS = [route for route in routes() if not route.is_page and route.path != "/token"]
GRANT = (
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or "
    "refresh token is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)
REQUEST = (
    "The request is missing a required parameter, includes an invalid parameter value, includes a "
    "parameter more than once, or is otherwise malformed."
)
FORGOTTEN = "customer-forgotten-password"


def call(cloud: Cloud, route: Route, **more: Any) -> Answer:
    names = dict.fromkeys(("reference", "key", "token", "id", "sku"), "x")
    return cloud.request(route.method, route.path.replace("+", "").format_map(names), **more)


def signed_in(cloud: Cloud) -> dict[str, str]:
    confirmed(cloud)
    return bearer(sign_in(cloud))


# Bodies


@pytest.mark.parametrize(
    "media_type",
    ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "text/html", "a", "", None],
)
def test_json_is_read_whatever_it_is_called(cloud: Cloud, media_type: str | None) -> None:
    headers = {"content-type": media_type} if media_type is not None else {}
    body = json.dumps(customer_document())

    as_text = cloud.request("POST", "/customers", body=body, headers=headers)
    # As API Gateway passes on what it takes for no text.
    packed = cloud.request("POST", "/customers", body=body.encode(), headers=headers)

    assert (as_text.status, packed.status) == (201, 201)


def test_no_call_asks_what_a_body_is_called(cloud: Cloud) -> None:
    body = '{"data": {"type": "x", "attributes": {}}}'

    for route in CALLS:
        right = call(cloud, route, body=body, headers={"content-type": JSON_API})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "image/png"):
            answer = call(cloud, route, body=body, headers={"content-type": kind, "accept": "a/b"})
            assert (answer.status, answer.body) == (right.status, right.body), route.key


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/json"])
def test_a_page_of_another_origin_is_refused_by_any_name(cloud: Cloud, kind: str) -> None:
    headers = {"content-type": kind, "origin": "https://evil.example"}

    assert cloud.post_json("/customers", customer_document(), headers=headers).status == 403
    assert cloud.customers() == []


# OAuth


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, ("invalid_grant", GRANT)),
        ({"grant_type": ""}, ("invalid_grant", GRANT)),
        ({"grant_type": "client_credentials"}, ("invalid_grant", GRANT)),
        ({"username": "sonia@example.com", "password": PASSWORD}, ("invalid_grant", GRANT)),
        ({"grant_type": "password"}, ("invalid_request", REQUEST)),
        ({"grant_type": "password", "username": "x"}, ("invalid_request", REQUEST)),
        ({"grant_type": "password", "password": "x"}, ("invalid_request", REQUEST)),
        ({"grant_type": "refresh_token"}, ("invalid_request", REQUEST)),
        (
            {"grant_type": "refresh_token", "refresh_token": "x"},
            ("invalid_request", "The refresh token is invalid."),
        ),
        (
            {"grant_type": "password", "username": NOBODY, "password": "x"},
            ("invalid_grant", "The user credentials were incorrect."),
        ),
    ],
)
def test_a_refused_grant_is_told_in_the_words_of_the_rfc(
    cloud: Cloud, fields: dict[str, str], error: tuple[str, str]
) -> None:
    answer = oauth(cloud, **fields)

    assert answer.status == 400
    assert (answer.json["error"], answer.json["error_description"]) == error


def test_a_form_is_read_whatever_it_is_called(cloud: Cloud) -> None:
    confirmed(cloud)
    form = f"grant_type=password&username=sonia%40example.com&password={PASSWORD}"

    for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        answer = cloud.request("POST", "/token", body=form, headers={"content-type": kind})
        assert answer.status == 200


# Fieldsets and includes


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("fields[customers]=firstName", {"firstName"}),
        ("fields%5Bcustomers%5D=firstName,email", {"firstName", "email"}),
        ("fields[customers]=firstName%2C%20email", {"firstName", "email"}),
        ("fields[customers]=firstName&fields[customers]=phone", {"firstName", "phone"}),
        ("fields[customers]=nothing,gender", {"gender"}),
        ("fields[customers]=", set()),
        ("fields[carts]=name&include=addresses,nothing", None),
        ("include=&sort=x&page[offset]=7", None),
    ],
)
def test_a_client_chooses_the_attributes_of_a_customer(
    cloud: Cloud, query: str, names: set[str] | None
) -> None:
    token = signed_in(cloud)
    (whole,) = cloud.request("GET", "/customers", headers=token).json["data"]
    path = f"/customers/{whole['id']}"
    change = json.dumps({"data": {"type": "customers", "attributes": {"company": "Torres"}}})
    kept = set(whole["attributes"]) if names is None else names

    read = cloud.request("GET", f"{path}?{query}", headers=token).json["data"]
    (listed,) = cloud.request("GET", f"/customers?{query}", headers=token).json["data"]
    changed = cloud.request("PATCH", f"{path}?{query}", body=change, headers=token).json["data"]
    signed_up = cloud.post_json(
        f"/customers?{query}", customer_document(email="b@example.com")
    ).json["data"]

    assert read == listed
    assert read == {**whole, "attributes": {name: whole["attributes"][name] for name in kept}}
    assert set(changed["attributes"]) == set(signed_up["attributes"]) == kept


# Headers of answers


def test_every_call_answers_in_json_api_whatever_is_accepted(cloud: Cloud) -> None:
    for route in CALLS:
        for accept in ("application/json", "text/html", "image/png", "text/html;q=1, */*;q=0", ""):
            answer = call(cloud, route, body="{}", headers={"accept": accept})

            assert answer.status >= 400
            assert answer.headers["content-type"] == JSON_API, route.key
            assert answer.headers["content-language"] == "en_US"


def test_no_call_forgets_to_say_how_to_authenticate(cloud: Cloud) -> None:
    told = {}
    for route in CALLS:
        for headers in ({}, {"authorization": "Bearer none"}):
            answer = call(cloud, route, body="{}", headers=headers)
            told[answer.status == 401] = answer.headers.get("www-authenticate")

    assert told == {True: 'Bearer realm="Access to shop API"', False: None}


def test_every_401_says_how_to_authenticate(cloud: Cloud) -> None:
    answers = [
        cloud.request("GET", "/customers", headers={"authorization": "Bearer none"}),
        cloud.request("GET", "/carts", headers={"authorization": "Basic none"}),
        sign_in(cloud),
        refresh(cloud, "none"),
    ]

    for answer in answers:
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="Access to shop API"'


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("de-AT, en;q=0.5", "de_DE"),
        ("de_DE", "de_DE"),
        ("fi", "en_US"),
        ("fr", "fr_FR"),
        ("fi, de;q=0.1", "de_DE"),
        ("*", "en_US"),
        (None, "en_US"),
    ],
)
def test_answers_name_the_language_that_is_served(
    cloud: Cloud, wanted: str | None, language: str
) -> None:
    headers = {"accept-language": wanted} if wanted else {}
    forgotten = email_document(FORGOTTEN, "sonia@example.com")
    answers = [
        cloud.post_json("/customers", customer_document(), headers=headers),
        cloud.post_json(f"/{FORGOTTEN}", forgotten, headers=headers),
        cloud.request("GET", "/customers", headers=headers),
        cloud.request("GET", "/nowhere", headers=headers),
        cloud.request("POST", "/token", body="grant_type=x", headers=headers),
    ]

    assert [answer.headers["content-language"] for answer in answers] == [language] * 5


def test_no_content_has_neither_a_type_nor_a_body(cloud: Cloud) -> None:
    token = signed_in(cloud)
    forgotten = email_document(FORGOTTEN, "sonia@example.com")
    answers = [
        cloud.post_json(f"/{FORGOTTEN}", forgotten, headers={"accept": "application/json"}),
        cloud.request("DELETE", "/refresh-tokens/mine", headers=token),
        cloud.request("OPTIONS", "/customers"),
    ]

    for answer in answers:
        assert (answer.status, answer.body) == (204, "")
        assert "content-type" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "TRACE", "GET", "POST", "PATCH", "DELETE"])
def test_a_method_that_a_call_does_not_have_is_not_found(cloud: Cloud, method: str) -> None:
    had = {(route.method, route.path) for route in routes()}
    paths = ("/customers", "/access-tokens", "/customer-confirmation", "/guest-cart-items")

    for path in paths:
        if (method, path) not in had:
            answer = cloud.request(method, path, headers={"accept": "text/html"})
            assert (answer.errors, answer.status) == ([(None, 404, "Not Found")], 404)


# Tokens


def test_an_access_token_tells_whose_it_is_as_glue_does(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    attributes, later = (sign_in(cloud).json["data"]["attributes"] for _ in range(2))
    claims, again = (
        jwt.decode(each["accessToken"], options={"verify_signature": False})
        for each in (attributes, later)
    )
    subject = json.loads(claims["sub"])

    assert attributes["idCompanyUser"] is None
    refreshed = refresh(cloud, attributes["refreshToken"]).json["data"]["attributes"]
    assert "idCompanyUser" not in refreshed
    assert list(subject) == [
        *("customer_reference", "id_customer", "id_company_user", "id_agent", "permissions")
    ]
    assert subject["customer_reference"] == claims["customer_reference"] == reference
    assert 0 < subject["id_customer"] < 2**53
    assert json.loads(again["sub"]) == subject
    assert {subject[name] for name in ("id_company_user", "id_agent", "permissions")} == {None}
    assert (claims["aud"], claims["scopes"]) == ("frontend", ["customer"])
    assert claims["nbf"] == claims["iat"] < claims["exp"]
    assert len(attributes["accessToken"]) < 1024


def test_two_customers_have_two_ids(cloud: Cloud) -> None:
    found = set()
    for email in ("a@example.com", "b@example.com"):
        confirmed(cloud, email)
        payload = bearer(sign_in(cloud, email))["authorization"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        found.add(json.loads(claims["sub"])["id_customer"])

    assert len(found) == 2
