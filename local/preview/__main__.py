"""Serves the preview on this machine until Ctrl-C."""

import argparse
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from local.preview.site import Preview

_LOOPBACK = "127.0.0.1"
_ANSWERED = frozenset({"localhost", _LOOPBACK})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    preview = Preview()
    # Frames ask for pages at the same time, and reading the folder anew is no thread's own.
    turn = Lock()

    def do_GET(self) -> None:
        """Answer."""
        # Another site's name that resolves to this machine is none of ours.
        if self.headers.get("Host", "").partition(":")[0] not in _ANSWERED:
            self.send_error(421)
            return
        with self.turn:
            answer = self.preview.answer(self.path)
        self.send_response(answer.status)
        if answer.body:
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Content-Security-Policy", answer.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing."""


def main() -> int:
    """Serve until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0: any")
    port = parser.parse_args().port
    try:
        server = ThreadingHTTPServer((_LOOPBACK, port), _Handler)
    except OSError as error:
        print(
            f"Port {port}: {error.strerror}. Try another: make preview PORT=8001", file=sys.stderr
        )
        return 1
    with server:
        print(f"Preview: http://localhost:{server.server_port}  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
