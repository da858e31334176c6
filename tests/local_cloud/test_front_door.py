"""The front door forwards everything unchanged; the mailbox shows the sent mails."""

import asyncio
import http.client
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.clock import Clock
from local.cloud import Cloud
from local.front_door import LARGEST_BODY, FrontDoor
from local.package import BUILD, ROOT
from local.time_travel import TimeTravel

SIGN_UP = {
    "salutation": "Ms",
    "firstName": "Zoë D'Arcy",
    "lastName": "Torres",
    "gender": "Female",
    "password": "harbour-violet-27-lantern",
    "confirmPassword": "harbour-violet-27-lantern",
    "acceptedTerms": True,
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found.lower() == name]


def ask(url: str, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
    address = urlsplit(url)
    with closing(http.client.HTTPConnection(address.netloc, timeout=60)) as connection:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())


def sign_up(cloud: Cloud, address: str) -> Reply:
    document = {"data": {"type": "customers", "attributes": SIGN_UP | {"email": address}}}
    return ask(
        cloud.url,
        "POST",
        "/customers",
        json.dumps(document).encode(),
        content_type="application/json",
    )


def mail_to(cloud: Cloud, address: str) -> dict[str, str]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        mails = cloud.mails(address)
        if mails:
            return mails[0]
        time.sleep(0.2)
    raise AssertionError(f"no mail to {address}")


# ------------------------------------------------------------- with the whole system behind it


def test_pages_come_through_the_front_door(cloud: Cloud) -> None:
    page = ask(cloud.url, "GET", "/register")

    assert page.status == 200
    assert page.all("content-type") == ["text/html; charset=utf-8"]
    assert b"<form" in page.body


def test_an_unknown_path_is_not_found(cloud: Cloud) -> None:
    assert ask(cloud.url, "GET", "/nowhere").status == 404
    assert ask(cloud.url, "GET", "/_local/nowhere").status == 404


def test_a_sign_up_sends_a_mail_whose_link_leads_through_the_front_door(cloud: Cloud) -> None:
    signed_up = sign_up(cloud, "Front+Door@example.com")

    assert signed_up.status == 201
    mail = mail_to(cloud, "front+door@EXAMPLE.com")
    assert mail["to"] == "Front+Door@example.com"
    assert list(mail)[:6] == ["to", "from", "subject", "text", "html", "sent_at"]
    link = re.search(rf"{re.escape(cloud.url)}(/confirm\S+)", mail["text"])
    assert link
    assert ask(cloud.url, "GET", link[1]).status == 200


def test_what_has_no_content_has_no_type(cloud: Cloud) -> None:
    kind = "customer-forgotten-password"
    document = {"data": {"type": kind, "attributes": {"email": "nobody@example.com"}}}

    answer = ask(cloud.url, "POST", f"/{kind}", json.dumps(document).encode())

    assert (answer.status, answer.body) == (204, b"")
    assert answer.all("content-type") == []
    assert answer.all("content-language") == ["en_US"]


def test_what_clients_of_glue_send_reads_as_on_aws(cloud: Cloud) -> None:
    document = {"data": {"type": "customers", "attributes": SIGN_UP | {"email": "g@example.com"}}}
    asked = "/customers?fields%5Bcustomers%5D=email&fields[customers]=gender&include=x"

    for kind in ("text/plain;charset=UTF-8", "application/x-www-form-urlencoded"):
        body = json.dumps(document).encode()
        answer = ask(cloud.url, "POST", asked, body, content_type=kind, accept="text/html")
        assert answer.status == 201
        assert answer.all("content-type") == ["application/vnd.api+json"]
        assert set(json.loads(answer.body)["data"]["attributes"]) == {"email", "gender"}
    refused = ask(cloud.url, "GET", "/customers", authorization="Bearer none")
    assert refused.all("www-authenticate") == ['Bearer realm="Access to shop API"']
    assert ask(cloud.url, "PUT", "/customers").status == 404


def test_a_mail_is_kept_with_the_headers_that_it_was_handed_over_with(cloud: Cloud) -> None:
    reference = json.loads(sign_up(cloud, "headers@example.com").body)["data"]["id"]

    mail = mail_to(cloud, "headers@example.com")

    assert "Auto-Submitted: auto-generated" in mail["headers"].splitlines()
    assert {"kind: confirm_registration", f"reference: {reference}"} < set(
        mail["tags"].splitlines()
    )


def test_the_mailbox_shows_mails_escaped_and_framed(cloud: Cloud) -> None:
    sign_up(cloud, "mailbox@example.com")
    mail_to(cloud, "mailbox@example.com")

    page = ask(cloud.url, "GET", "/_local/mailbox?to=mailbox@example.com")

    text = page.body.decode()
    assert page.status == 200
    assert "Hello Zoë D&#x27;Arcy Torres" in text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="' in text
    assert "1 mail<" in text


def test_an_unquoted_plus_in_an_address_is_a_plus(cloud: Cloud) -> None:
    sign_up(cloud, "plus+plus@example.com")
    mail_to(cloud, "plus+plus@example.com")

    mails = ask(cloud.url, "GET", "/_local/mails?to=plus+plus@example.com")

    assert [mail["to"] for mail in json.loads(mails.body)] == ["plus+plus@example.com"]


def test_a_taken_port_is_named_and_nothing_is_started() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        run = subprocess.run(
            [BUILD / "cloud" / "bin" / "python", "-m", "local.run", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 1
    assert f"Port {port} is taken" in run.stderr
    assert f"make run PORT={port + 1}" in run.stderr


# --------------------------------------------------------------- with any server behind it


class Echo(BaseHTTPRequestHandler):
    """Echoes the request, with everything that a proxy could spoil."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = {
            "method": self.command,
            "target": self.path,
            "headers": self.headers.items(),
            "body": body.hex(),
        }
        content = json.dumps(asked).encode() + b"\xff\x00"
        self.send_response(303)
        self.send_header("location", "https://shop.example/elsewhere")
        self.send_header("set-cookie", "one=1; HttpOnly")
        self.send_header("set-cookie", "two=2; Path=/")
        self.send_header("content-encoding", "gzip")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def echoing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def travel(tmp_path: Path) -> TimeTravel:
    return TimeTravel(Clock(tmp_path / "clock"), Cloud("", "", "", "", "", ""))


@pytest.fixture
def door(travel: TimeTravel) -> Iterator[FrontDoor]:
    with echoing() as url, FrontDoor(url, f"{url}/api", travel) as door:
        yield door


def through(
    door: FrontDoor,
    method: str,
    target: bytes = b"/",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes = b"",
) -> Reply:
    """Call the application like an ASGI server."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "method": method,
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": headers or [],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    # In a separate thread, because the browser of other tests may run a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, door(scope, receive, send)).result()
    start, content = sent
    decoded = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Reply(start["status"], decoded, content["body"])


def echoed(reply: Reply) -> dict[str, Any]:
    echo: dict[str, Any] = json.loads(reply.body.removesuffix(b"\xff\x00"))
    return echo


def test_method_path_query_headers_and_body_arrive_as_they_were_sent(door: FrontDoor) -> None:
    headers = [
        (b"host", b"localhost:8000"),
        (b"cookie", b"a=1; b=2"),
        (b"x-anonymous-customer-unique-id", b"guest 7"),
        (b"content-length", b"4"),
    ]

    echo = echoed(through(door, "PATCH", b"/a%2Fb//c?x=1&x=%20+", headers, b"\x00\xff\r\n"))

    assert echo["method"] == "PATCH"
    assert echo["target"] == "/api/a%2Fb//c?x=1&x=%20+"
    assert echo["body"] == "00ff0d0a"
    assert sorted(name.lower() for name, _ in echo["headers"]) == sorted(
        name.decode() for name, _ in headers
    )
    assert ["host", "localhost:8000"] in echo["headers"]
    assert ["cookie", "a=1; b=2"] in echo["headers"]


def test_requests_signed_for_ses_are_forwarded_unchanged(door: FrontDoor) -> None:
    signed = (b"authorization", b"AWS4-HMAC-SHA256 Credential=A/1/eu-central-1/ses/aws4_request, x")
    path = b"/v2/email/outbound-emails"

    echo = echoed(through(door, "POST", path, [signed], b"{}"))

    assert echo["target"] == path.decode()
    assert ["authorization", signed[1].decode()] in echo["headers"]
    assert echoed(through(door, "POST", path, [], b"{}"))["target"] == f"/api{path.decode()}"
    # SES did not accept it.
    assert json.loads(through(door, "GET", b"/_local/mails").body) == []


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"localhost:8000"), (b"origin", b"https://evil.example")],
        [(b"host", b"localhost:8000"), (b"sec-fetch-site", b"cross-site")],
        [(b"host", b"evil.example"), (b"origin", b"http://evil.example")],
    ],
)
def test_another_sites_page_does_not_move_the_clock(
    door: FrontDoor, headers: list[tuple[bytes, bytes]]
) -> None:
    before = json.loads(through(door, "GET", b"/_local/clock").body)["offset"]

    assert through(door, "POST", b"/_local/clock", headers, b"forward=1h").status == 403

    assert json.loads(through(door, "GET", b"/_local/clock").body)["offset"] == before


def test_nonsense_is_refused_as_it_was_asked(door: FrontDoor) -> None:
    here = (b"host", b"localhost:8000")

    told = through(door, "POST", b"/_local/clock", [here], b"forward=soon")
    shown = through(
        door, "POST", b"/_local/clock", [here, (b"accept", b"text/html")], b"forward=-1h"
    )

    assert (told.status, shown.status) == (400, 400)
    assert "+1d2h30m" in json.loads(told.body)["message"]
    assert b"The clock goes forward only." in shown.body
    assert shown.all("content-security-policy")
    assert through(door, "PUT", b"/_local/clock", [here]).status == 405


def test_redirections_cookies_and_packed_bodies_come_back_as_they_are(door: FrontDoor) -> None:
    reply = through(door, "GET")

    assert reply.status == 303
    assert reply.all("location") == ["https://shop.example/elsewhere"]
    assert reply.all("set-cookie") == ["one=1; HttpOnly", "two=2; Path=/"]
    assert reply.all("content-encoding") == ["gzip"]
    assert reply.body.endswith(b"\xff\x00")


def test_head_has_the_headers_of_get_and_no_body(door: FrontDoor) -> None:
    reply = through(door, "HEAD")

    assert reply.status == 303
    assert reply.body == b""
    assert int(reply.all("content-length")[0]) > 0


def test_a_body_larger_than_api_gateway_takes_is_refused(door: FrontDoor) -> None:
    declared = [(b"content-length", str(LARGEST_BODY + 1).encode())]

    assert through(door, "POST", headers=declared).status == 413
    assert through(door, "POST", body=bytes(LARGEST_BODY + 1)).status == 413
    assert through(door, "POST", body=bytes(LARGEST_BODY)).status == 303


def test_requests_are_answered_at_the_same_time(cloud: Cloud) -> None:
    replies: list[int] = []

    def visit() -> None:
        replies.append(ask(cloud.url, "GET", "/login").status)

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    assert replies == [200] * 4


def test_a_silent_cloud_is_a_bad_gateway(travel: TimeTravel) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with FrontDoor(url, url, travel) as door:
            assert through(door, "GET").status == 502
