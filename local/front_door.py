"""The front door: one stable URL for the API, for the mailbox and for the clock.

Every request except those for `/_local/` goes to the API unchanged, and so does the response: no
redirection is followed, and nothing is decompressed, added or rewritten, but for the type that the
emulator gives to an answer without content. In particular no header
has the client's address, because nothing behind the door may trust one. Requests of functions to
SES pass through the door, too, so that the mailbox has each mail as it was sent: the emulator
does not keep the headers.

The emulator starts one more process for each request that finds no idle one. So the door lets in
only as many as the machine can start at a time; the others wait in the order of their arrival.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import urllib3

from local import clock_page, mailbox
from local.clock import ClockError
from local.time_travel import TimeTravel

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

LARGEST_BODY = 10 * 1024 * 1024
"""The maximum size of a request's body in API Gateway."""

CONCURRENCY = max(2, os.cpu_count() or 0)
"""How many requests are processed at a time: a process that starts takes a processor of its own."""

_SECONDS_TO_ANSWER = 30
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
_SEND_EMAIL = b"/v2/email/outbound-emails"
_ACCOUNT = b"/v2/email/account"
_SEND_QUOTA = {"Max24HourSend": -1.0, "MaxSendRate": 1000.0, "SentLast24Hours": 0.0}
"""The quota of an account that AWS has raised. The emulator's own is that of a new account: the
mails of an import would take hours, and block the emulator while a sender waits."""
_MAILS_AT_ONCE = 16
_TIMEOUT = urllib3.Timeout(connect=5, read=90)
_HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_OWN = {b"date", b"server"}


@dataclass(frozen=True)
class Answer:
    """A complete response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class BodyTooLarge(Exception):
    """A request's body is larger than API Gateway accepts."""


class FrontDoor:
    """An ASGI application that forwards requests to the API as long as its context lasts.

    Parameters
    ----------
    endpoint
        The URL of the emulator.
    api_url
        The URL of the API at the emulator.
    travel
        What moves the clock.
    concurrency
        How many requests are processed at a time.
    """

    def __init__(
        self, endpoint: str, api_url: str, travel: TimeTravel, concurrency: int = CONCURRENCY
    ) -> None:
        address = urlsplit(endpoint)
        self._prefix = urlsplit(api_url).path.encode()
        self._mailbox = mailbox.Mailbox(travel.clock.now)
        self._travel = travel
        connections = concurrency + _MAILS_AT_ONCE
        self._pool = urllib3.HTTPConnectionPool(
            address.hostname or "", address.port, maxsize=connections, timeout=_TIMEOUT
        )
        self._functions = ThreadPoolExecutor(concurrency, thread_name_prefix="functions")
        # A separate pool, so that requests waiting for functions never block those to SES.
        self._post = ThreadPoolExecutor(_MAILS_AT_ONCE, thread_name_prefix="mailbox")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the threads and connections."""
        self._functions.shutdown(cancel_futures=True)
        self._post.shutdown()
        self._pool.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve the scope of one connection, as defined by ASGI."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await _send_answer(await self._answer(scope, receive), scope["method"], send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        in_thread = asyncio.get_running_loop().run_in_executor
        try:
            body = await _read_body(scope, receive)
            if _is_for_ses(scope["headers"]):
                return await in_thread(self._post, self._hand_over, scope, body)
            if scope["path"].startswith("/_local/"):
                return await in_thread(None, self._local, scope, body)
            target = self._prefix + scope["raw_path"]
            passed_on = in_thread(self._functions, self._pass_on, scope, target, body)
            # After that a request that still waits is not processed; another keeps its place.
            return await asyncio.wait_for(passed_on, _SECONDS_TO_ANSWER)
        except BodyTooLarge:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        except TimeoutError:
            return _message(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
        except urllib3.exceptions.HTTPError as error:
            return _message(HTTPStatus.BAD_GATEWAY, f"The local cloud does not answer: {error}")

    def _hand_over(self, scope: Message, body: bytes) -> Answer:
        """Forward a request to SES, and keep the mail if it is accepted."""
        answer = self._pass_on(scope, scope["raw_path"], body)
        if answer.status != HTTPStatus.OK:
            return answer
        if scope["raw_path"] == _SEND_EMAIL:
            self._mailbox.keep(body, answer.body)
        if scope["raw_path"] == _ACCOUNT:
            account = json.loads(answer.body) | {"SendQuota": _SEND_QUOTA}
            return _content("application/json", json.dumps(account))
        return answer

    def _pass_on(self, scope: Message, target: bytes, body: bytes) -> Answer:
        """Forward a request to the emulator, in a thread."""
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        headers = urllib3.HTTPHeaderDict()
        for name, value in _end_to_end(scope["headers"]):
            if name.lower() != b"content-length":
                headers.add(name.decode("latin-1"), value.decode("latin-1"))
        for own in ("Accept-Encoding", "User-Agent"):
            headers.setdefault(own, urllib3.util.SKIP_HEADER)
        response = self._pool.urlopen(
            scope["method"],
            target.decode("ascii"),
            body=body or None,
            headers=headers,
            redirect=False,
            retries=False,
            decode_content=False,
        )
        received = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers.items()
            # Unlike API Gateway, the emulator gives a type to what has no content.
            if response.status != HTTPStatus.NO_CONTENT or name.lower() != "content-type"
        ]
        return Answer(response.status, list(_end_to_end(received)), response.data)

    def _local(self, scope: Message, body: bytes) -> Answer:
        """Answer a request for the local cloud's own pages."""
        if scope["path"] == "/_local/clock" and scope["method"] in {"GET", "HEAD", "POST"}:
            return self._clock(scope, body)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        # An unquoted plus in a query means a space, and an address contains none.
        to = query.get("to", [""])[0].strip().replace(" ", "+")
        if scope["method"] not in {"GET", "HEAD"}:
            return _message(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
        if scope["path"] == "/_local/mails":
            mails = [mail.as_json() for mail in self._mailbox.mails(to)]
            return _content("application/json", json.dumps(mails, ensure_ascii=False))
        if scope["path"] == "/_local/mailbox":
            page = mailbox.page(self._mailbox.mails(to), to, query.get("mail", [""])[0])
            return _page(page)
        return _message(HTTPStatus.NOT_FOUND, "Not Found")

    def _clock(self, scope: Message, body: bytes) -> Answer:
        """Tell the time, after moving it on if asked to: a browser by a page, others by JSON."""
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        status, happened, said = HTTPStatus.OK, {}, ""
        if scope["method"] == "POST":
            if clock_page.is_foreign(headers):
                return _message(HTTPStatus.FORBIDDEN, "Another site may not move the clock.")
            try:
                happened = self._move(clock_page.read_forward(headers, body))
                said = f"Mails sent: {happened['sent']}. Items removed: {happened['removed']}."
            except ClockError as error:
                status, said = HTTPStatus.BAD_REQUEST, str(error)
        if "text/html" in headers.get("accept", ""):
            return _page(clock_page.page(self._travel.clock, said), status)
        if status != HTTPStatus.OK:
            return _message(status, said)
        told = clock_page.as_json(self._travel.clock) | happened
        return _content("application/json", json.dumps(told))

    def _move(self, by: timedelta) -> dict[str, int]:
        before = len(self._mailbox.mails())
        removed = self._travel.forward(by)
        return {"sent": len(self._mailbox.mails()) - before, "removed": removed}


def _is_for_ses(headers: Headers) -> bool:
    # The signature of a request names the service.
    return b"/ses/aws4_request" in dict(headers).get(b"authorization", b"")


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read_body(scope: Message, receive: Receive) -> bytes:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if int(declared) > LARGEST_BODY:
        raise BodyTooLarge
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge
        if not message.get("more_body"):
            return bytes(body)


async def _send_answer(answer: Answer, method: str, send: Send) -> None:
    headers = [(name, value) for name, value in answer.headers if name.lower() not in _OWN]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _end_to_end(headers: Headers) -> Headers:
    return ((name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP)


def _message(status: HTTPStatus, text: str) -> Answer:
    return _content("application/json", json.dumps({"message": text}), status)


def _page(text: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    answer = _content("text/html; charset=utf-8", text, status)
    answer.headers.append((b"content-security-policy", mailbox.POLICY.encode()))
    return answer


def _content(kind: str, text: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    body = text.encode()
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    return Answer(status, headers, body)
