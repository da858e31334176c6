"""One kind of token for one door: a browser's cookie is no refresh token, and none is a cookie."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cloud import SESSION, Cloud
from tests.support.people.accounts import NOT_REFRESHED, bearer, confirmed, oauth, refresh, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, review_form

NEW_PASSWORD = "gentle harbour lantern"


def tokens(answer: Any) -> str:
    return str(answer.json["data"]["attributes"]["refreshToken"])


def by_log_in(cloud: Cloud) -> str:
    return tokens(sign_in(cloud))


def by_grant(cloud: Cloud) -> str:
    fields = {"grant_type": "password", "username": "sonia@example.com", "password": PASSWORD}
    return str(oauth(cloud, **fields).json["refresh_token"])


def by_refresh(cloud: Cloud) -> str:
    return tokens(refresh(cloud, by_log_in(cloud)))


def by_refresh_grant(cloud: Cloud) -> str:
    fields = {"grant_type": "refresh_token", "refresh_token": by_log_in(cloud)}
    return str(oauth(cloud, **fields).json["refresh_token"])


def by_login_page(cloud: Cloud) -> Shopper:
    confirmed(cloud)
    shopper = Shopper(cloud)
    shopper.log_in()
    return shopper


def by_changed_password(cloud: Cloud) -> Shopper:
    shopper = by_login_page(cloud)
    chosen = dict.fromkeys(("new_password", "repeat_password"), NEW_PASSWORD)
    shopper.send("/account/password", password=PASSWORD, **chosen)
    return shopper


def by_confirming(cloud: Cloud) -> Shopper:
    Shopper(cloud).sign_up()
    cloud.drain()
    phone = Shopper(cloud)
    phone.send("/confirm", token=cloud.mails[-1].token, way="password", password=PASSWORD)
    return phone


def by_confirming_anew(cloud: Cloud) -> Shopper:
    Shopper(cloud).sign_up()
    cloud.drain()
    phone = Shopper(cloud)
    phone.send("/confirm", token=cloud.mails[-1].token, **review_form(NEW_PASSWORD))
    return phone


REFRESH_TOKENS = [by_log_in, by_grant, by_refresh, by_refresh_grant]
COOKIES = [by_login_page, by_changed_password, by_confirming, by_confirming_anew]


@pytest.mark.parametrize("begin", REFRESH_TOKENS)
@pytest.mark.parametrize("page", ["/account", "/account/carts", "/account/password"])
def test_a_refresh_token_opens_no_page(
    cloud: Cloud, begin: Callable[[Cloud], str], page: str
) -> None:
    confirmed(cloud)
    token = begin(cloud)

    answer = cloud.get_page(page, cookies={SESSION: token})

    assert answer.status == 303
    assert answer.location.startswith("/login")
    # It is still good for what it is.
    assert refresh(cloud, token).status == 201


@pytest.mark.parametrize("begin", COOKIES)
def test_a_browsers_cookie_gets_no_tokens(cloud: Cloud, begin: Callable[[Cloud], Shopper]) -> None:
    shopper = begin(cloud)
    cookie = shopper.session or ""
    assert shopper.open("/account").status == 200

    answer = refresh(cloud, cookie)

    assert answer.errors == [NOT_REFRESHED]
    # Who has it out of a browser has stolen it.
    assert shopper.open("/account").status == 303


@pytest.mark.parametrize("begin", COOKIES)
def test_a_browsers_cookie_is_no_grant(cloud: Cloud, begin: Callable[[Cloud], Shopper]) -> None:
    cookie = begin(cloud).session or ""

    answer = oauth(cloud, grant_type="refresh_token", refresh_token=cookie)

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_the_api_ends_only_sessions_of_its_own_customer_by_a_browsers_cookie(cloud: Cloud) -> None:
    shopper = by_login_page(cloud)
    confirmed(cloud, email="mallory@example.com")
    path = f"/refresh-tokens/{shopper.session}"

    cloud.request("DELETE", path, headers=bearer(sign_in(cloud, "mallory@example.com")))
    after_another = shopper.open("/account").status
    cloud.request("DELETE", path, headers=bearer(sign_in(cloud)))

    # `mine` would end it as well.
    assert (after_another, shopper.open("/account").status) == (200, 303)


def test_a_page_ends_no_session_by_a_refresh_token(cloud: Cloud) -> None:
    confirmed(cloud)
    token = by_log_in(cloud)
    shopper = Shopper(cloud, {SESSION: token})

    shopper.send("/logout")

    assert refresh(cloud, token).status == 201
