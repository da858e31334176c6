"""A proxy for SES that lets some calls fail before it forwards them."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import urllib3

_ERRORS = {
    "InternalServiceErrorException": 500,
    "ServiceUnavailable": 503,
    "TooManyRequestsException": 429,
}
_SENDING = "/v2/email/outbound-emails"
Answer = tuple[int, dict[str, str], bytes]
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class FaultySes:
    """The counts of the proxy: forwarded mails, and failed ones."""

    def __init__(self, endpoint: str, failing: float) -> None:
        self._failing, self._dice = failing, random.Random(7)  # noqa: S311 - dice
        address = urlsplit(endpoint)
        self._pool = urllib3.HTTPConnectionPool(address.hostname or "", address.port, maxsize=8)
        self.url = ""
        self.done: Counter[str] = Counter()

    def fault(self, path: str) -> str | None:
        """Return the fault of a call, if it is to fail: an error's name, or ``reset``."""
        if path != _SENDING or self._dice.random() >= self._failing:
            self.done["passed"] += path == _SENDING
            return None
        fault = self._dice.choice([*_ERRORS, "reset"])
        self.done[fault] += 1
        return fault

    def hand_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Forward a request to SES."""
        answer = self._pool.urlopen(method, path, body=body, headers=headers, retries=False)
        kept = {n: v for n, v in answer.headers.items() if n.lower() not in _HOP_BY_HOP}
        return answer.status, kept, answer.data


@contextmanager
def faulty_ses(endpoint: str, failing: float) -> Iterator[FaultySes]:
    """Run the proxy on a free port as long as the context lasts."""
    ses = FaultySes(endpoint, failing)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            fault = ses.fault(self.path)
            if fault == "reset":
                self.close_connection = True
                return
            status, headers, content = (
                _failure(fault)
                if fault
                else ses.hand_on(self.command, self.path, dict(self.headers), body)
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ses.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ses
        server.shutdown()


def _failure(name: str) -> Answer:
    headers = {"x-amzn-errortype": name, "content-type": "application/x-amz-json-1.1"}
    return _ERRORS[name], headers, b'{"message": "no"}'
