"""Each row of the contract's two tables over HTTP, in the defaults and in Glue's settings."""

import http.client
import re
import time
from urllib.parse import urlsplit

import pytest

from local.cloud import Cloud
from tests.glue.answers import Answer, check_answer
from tests.support.contract_errors import ERRORS, ERRORS_AS_GLUE, check_error
from tests.support.contract_table import (
    CALLS,
    Headers,
    Reply,
    Shop,
    check_call,
    check_token_endpoint,
)

SECONDS = 30
AS_GLUE = pytest.param("other_cloud", id="as Glue")
DEFAULTS = pytest.param("local_cloud", id="defaults")


@pytest.fixture(scope="module", params=[DEFAULTS, AS_GLUE])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """The system with the template's defaults, and the one with the settings closest to Glue."""
    found: Cloud = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def members(cloud: Cloud) -> dict[str, tuple[str, Headers]]:
    """The customers that rows share."""
    return {}


@pytest.fixture
def shop(cloud: Cloud, members: dict[str, tuple[str, Headers]]) -> Shop:
    """The service. Each answer is checked for its headers and links, too."""
    host = urlsplit(cloud.url).netloc

    def send(method: str, target: str, body: str | None, headers: Headers) -> Reply:
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, response.read().decode(), named)
        finally:
            connection.close()
        if target != "/token":
            check_answer(cloud.url, method, target, answer)
        return answer

    def token_in_mail(email: str, count: int) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            mails = cloud.mails(email)
            if len(mails) >= count:
                return str(re.findall(r"token=([\w.-]+)", mails[0]["text"])[0])
            time.sleep(0.05)
        pytest.fail("no mail came")

    return Shop(send, token_in_mail, members)


@pytest.mark.parametrize("row", CALLS)
def test_a_call_of_the_contract(shop: Shop, row: str) -> None:
    check_call(shop, row)


def test_the_token_endpoint(shop: Shop) -> None:
    check_token_endpoint(shop)


@pytest.mark.parametrize("row", ERRORS)
def test_an_error_of_the_contract(shop: Shop, row: str) -> None:
    check_error(shop, row)


@pytest.mark.parametrize("cloud", [AS_GLUE], indirect=True)
@pytest.mark.parametrize("row", ERRORS_AS_GLUE)
def test_an_error_that_settings_bring(shop: Shop, row: str) -> None:
    check_error(shop, row)
