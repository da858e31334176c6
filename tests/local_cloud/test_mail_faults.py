"""Mails on an emulator whose streams drop failed records, with SES failing one time in five.

With ``SIGN_UPS=1000`` in the environment it is a thousand sign-ups.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from local.cloud import Cloud
from tests.local_cloud.browser import Browser
from tests.local_cloud.faulty_ses import faulty_ses
from tests.support.requests import customer_document

SIGN_UPS = int(os.environ.get("SIGN_UPS", "120"))
ONE_IN_FIVE = 0.2
SECONDS = 60 + SIGN_UPS
BETWEEN_SWEEPS = 15


@contextmanager
def sender_with(cloud: Cloud, **variables: str) -> Iterator[str]:
    """Add environment variables to the sender as long as the context lasts."""
    functions = cloud.client("lambda").list_functions()["Functions"]
    (sender,) = [f for f in functions if "SendEmailFunction" in f["FunctionName"]]
    name, before = sender["FunctionName"], sender["Environment"]["Variables"]

    def configure(values: dict[str, str]) -> None:
        cloud.client("lambda").update_function_configuration(
            FunctionName=name, Environment={"Variables": values}
        )

    configure({**before, **variables})
    try:
        yield name
    finally:
        configure(before)


@pytest.mark.endurance
def test_each_sign_up_gets_its_mail_once(cloud: Cloud, request: pytest.FixtureRequest) -> None:
    emails = [f"faulty{n}@example.com" for n in range(SIGN_UPS)]
    with (
        faulty_ses(cloud.url, ONE_IN_FIVE) as ses,
        sender_with(cloud, AWS_ENDPOINT_URL_SESV2=ses.url, SWEEP_MINUTES="1") as sender,
    ):
        began = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda email: sign_up(cloud, email), emails)) == {201}
        signed_up = time.monotonic() - began
        end, sweeps = time.monotonic() + SECONDS, 0
        while waiting := unsent(cloud):
            assert time.monotonic() < end, f"{waiting} mails still wait"
            if time.monotonic() > began + sweeps * BETWEEN_SWEEPS:
                sweeps += 1
                sweep(cloud, sender)
            time.sleep(0.5)
        took = time.monotonic() - began

    mails = Counter(mail["to"] for mail in cloud.mails() if mail["to"] in set(emails))
    assert mails == Counter(emails)
    assert ses.done["passed"] == SIGN_UPS
    failed = ses.done.total() - SIGN_UPS
    assert failed > SIGN_UPS * ONE_IN_FIVE / 2
    request.node.user_properties.append(
        (
            "report",
            f"{SIGN_UPS} sign-ups in {signed_up:.0f} s, all mails after {took:.0f} s and {sweeps}"
            f" sweeps; of {ses.done.total()} calls {failed} failed: {dict(ses.done)}",
        )
    )


def sign_up(cloud: Cloud, email: str) -> int:
    return Browser(cloud.url).post("/customers", customer_document(email=email)).status


def unsent(cloud: Cloud) -> int:
    found = cloud.client("dynamodb").scan(TableName=cloud.outbox_table, Select="COUNT")
    return int(found["Count"])


def sweep(cloud: Cloud, sender: str) -> None:
    """Run the schedule, which here also runs every five minutes."""
    cloud.client("lambda").invoke(FunctionName=sender, InvocationType="Event", Payload=b"{}")
