"""Each row of the contract's two tables, over HTTP, with the deployed template."""

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from local.cloud import Cloud
from tests.support.contract_table import (
    CALLS,
    ERRORS,
    Headers,
    Reply,
    Shop,
    check_call,
    check_error,
    check_token_endpoint,
)


@dataclass(frozen=True)
class Answer:
    """A response over HTTP."""

    status: int
    body: str


@pytest.fixture
def shop(cloud: Cloud) -> Shop:
    host = urlsplit(cloud.url).netloc

    def send(method: str, target: str, body: str | None, headers: Headers) -> Reply:
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode())
        finally:
            connection.close()

    def token_in_mail(email: str, count: int) -> str:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            mails = cloud.mails(email)
            if len(mails) >= count:
                return str(re.findall(r"token=([\w.-]+)", mails[0]["text"])[0])
            time.sleep(0.05)
        pytest.fail("no mail came")

    return Shop(send, token_in_mail)


@pytest.mark.parametrize("row", CALLS)
def test_a_call_of_the_contract(shop: Shop, row: str) -> None:
    check_call(shop, row)


def test_the_token_endpoint(shop: Shop) -> None:
    check_token_endpoint(shop)


@pytest.mark.parametrize("row", ERRORS)
def test_an_error_of_the_contract(shop: Shop, row: str) -> None:
    check_error(shop, row)
