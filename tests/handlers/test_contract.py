"""Each row of the contract's two tables, sent to the Lambda handlers."""

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.contract_errors import ERRORS, ERRORS_AS_GLUE, check_error
from tests.support.contract_table import (
    CALLS,
    Headers,
    Reply,
    Shop,
    check_call,
    check_token_endpoint,
)


def shop_of(cloud: Cloud) -> Shop:
    """Return the service for the rows."""

    def send(method: str, target: str, body: str | None, headers: Headers) -> Reply:
        return cloud.request(method, target, body=body, headers=headers)

    def token_in_mail(email: str, count: int) -> str:
        cloud.drain()
        mails = [mail for mail in cloud.mails if mail.to == email]
        assert len(mails) >= count
        return mails[-1].token

    return Shop(send, token_in_mail)


@pytest.mark.parametrize("row", CALLS)
def test_a_call_of_the_contract(cloud: Cloud, row: str) -> None:
    check_call(shop_of(cloud), row)


def test_the_token_endpoint(cloud: Cloud) -> None:
    check_token_endpoint(shop_of(cloud))


@pytest.mark.parametrize("row", ERRORS)
def test_an_error_of_the_contract(cloud: Cloud, row: str) -> None:
    check_error(shop_of(cloud), row)


@pytest.mark.parametrize("row", ERRORS_AS_GLUE)
def test_an_error_that_settings_bring(make_cloud: MakeCloud, row: str) -> None:
    check_error(shop_of(make_cloud(ExistingEmail="reveal", PasswordRules="glue")), row)
