"""Answers as S3, DynamoDB, SQS and Secrets Manager, with just enough for what is measured.

For an import it keeps the item of the job, objects under ``reports/``, and messages. Other items
and secrets are those that it is given; nothing changes them. Its argument is the file in S3, if
there is one; its first line of output is its port.
"""

import json
import os
import re
import socketserver
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

JSON = "application/x-amz-json-1.0"
XML = "application/xml"
ALWAYS = {
    "Query": b'{"Items":[],"Count":0,"ScannedCount":0}',
    "BatchWriteItem": b'{"UnprocessedItems":{}}',
}
LARGE = 8_000
"""The size from which on a request contains rows, and need not be parsed."""

upload = Path(sys.argv[1] if len(sys.argv) > 1 else os.devnull)
kept: dict[str, bytes] = {}
parts: dict[str, list[bytes]] = {}
job: dict[str, Any] = {}
given: dict[str, list[Any]] = {"items": [], "secrets": []}
messages: list[str] = []
calls: Counter[str] = Counter()


class Response(NamedTuple):
    """A response."""

    body: bytes = b""
    kind: str = XML
    status: str = "200 OK"
    more: str = ""


def dynamodb(operation: str, body: bytes) -> Response:
    """Answer as DynamoDB."""
    if operation == "GetItem" and b'"JOB"' in body:
        return Response(json.dumps({"Item": job}).encode(), JSON)
    if operation in ALWAYS:
        return Response(ALWAYS[operation], JSON)
    if operation == "BatchGetItem":
        tables = json.loads(body)["RequestItems"]
        read = {name: items_of(request["Keys"]) for name, request in tables.items()}
        return Response(json.dumps({"Responses": read, "UnprocessedKeys": {}}).encode(), JSON)
    if operation == "GetItem":
        found = [{"Item": item} for item in items_of([json.loads(body)["Key"]])]
        return Response(json.dumps(found[0] if found else {}).encode(), JSON)
    if operation == "UpdateItem" and b'"#attempts"' in body:
        return Response(b'{"Attributes":{"attempts":{"N":"1"}}}', JSON)
    if len(body) < LARGE and b'"JOB"' in body:
        request = json.loads(body)
        for write in request.get("TransactItems", [{"Update": request}]):
            keep_job(**write)
    return Response(b"{}", JSON)


def items_of(keys: list[Any]) -> list[Any]:
    """Return the items that have these keys."""
    return [item for item in given["items"] if {"PK": item["PK"], "SK": item.get("SK")} in keys]


def secret(body: bytes) -> Response:
    """Answer as Secrets Manager."""
    wanted = json.loads(body)["SecretId"]
    found = [each for each in given["secrets"] if each["ARN"] == wanted]
    return Response(json.dumps(found[0]).encode(), "application/x-amz-json-1.1")


def keep_job(Put: Any = None, Update: Any = None) -> None:  # noqa: N803 - DynamoDB's names
    """Keep the attributes that a request puts or sets in the item of the job."""
    if Put and Put["Item"]["entity"]["S"] == "import_job":
        job.update(Put["Item"])
    if Update and Update.get("UpdateExpression", "").startswith("SET"):
        names = Update.get("ExpressionAttributeNames", {}).values()
        job.update({name: Update["ExpressionAttributeValues"][f":{name}"] for name in names})


def sqs(operation: str, body: bytes) -> Response:
    """Answer as SQS."""
    request = json.loads(body)
    entries = request.get("Entries", [])
    messages.extend(entry["MessageBody"] for entry in entries)
    if operation == "SendMessage":
        messages.append(request["MessageBody"])
        return Response(b'{"MessageId":"m","MD5OfMessageBody":"x"}', JSON)
    done = [{"Id": e["Id"], "MessageId": "m", "MD5OfMessageBody": "x"} for e in entries]
    return Response(json.dumps({"Successful": done}).encode(), JSON)


def s3(method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
    """Answer as S3."""
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    key = unquote(url.path).partition("/")[2].partition("/")[2]
    if method == "GET":
        return stored(key, headers.get("range", ""))
    if "uploads" in query:
        parts[key] = []
        return Response(b"<R><UploadId>1</UploadId></R>")
    if "partNumber" in query:
        parts[key].append(body)
    elif "uploadId" in query:
        kept[key] = b"".join(parts.pop(key))
    elif "x-amz-copy-source" not in headers:
        kept[key] = body
    return Response(b"<R></R>", more='ETag: "e"\r\n')


def stored(key: str, wanted: str) -> Response:
    """Return an object, or a range of the upload."""
    if key in kept:
        return Response(kept[key], more='ETag: "e"\r\n')
    size = upload.stat().st_size
    first, last = re.fullmatch(r"bytes=(\d+)-(\d*)|", wanted).groups()  # type: ignore[union-attr]
    start, end = int(first or 0), int(last) + 1 if last else size
    with upload.open("rb") as file:
        file.seek(start)
        body = file.read(end - start)
    more = f'ETag: "e"\r\nContent-Range: bytes {start}-{end - 1}/{size}\r\n'
    return Response(body, "text/csv", "206 Partial Content" if wanted else "200 OK", more)


def control(target: str, body: bytes) -> Response:
    """Answer the benchmark: set the job or what is there, or tell the messages and calls."""
    if target == "/_given":
        given.update(json.loads(body))
        return Response()
    if target == "/_job":
        job.clear()
        job.update(json.loads(body))
        return Response()
    told = json.dumps({"messages": messages, "calls": calls, "job": job}).encode()
    messages.clear()
    calls.clear()
    return Response(told)


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    rbufsize = 1 << 20
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer the requests of the connection."""
        while line := self.rfile.readline():
            method, target, _ = line.decode().split(" ", 2)
            headers = {}
            while header := self.rfile.readline().strip():
                name, _, value = header.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            if "100-continue" in headers.get("expect", "").lower():
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(headers.get("content-length", 0)))
            self.send(self.answer(method, target, headers, body))

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        """Dispatch a request to its service."""
        if target.startswith("/_"):
            return control(target, body)
        service, _, operation = headers.get("x-amz-target", "").partition(".")
        calls[operation or f"S3 {method}"] += 1
        if service.startswith("DynamoDB"):
            return dynamodb(operation, body)
        if service == "secretsmanager":
            return secret(body)
        if service:
            return sqs(operation, body)
        return s3(method, target, headers, body)

    def send(self, response: Response) -> None:
        """Send a response."""
        head = (
            f"HTTP/1.1 {response.status}\r\nContent-Length: {len(response.body)}\r\n"
            f"Content-Type: {response.kind}\r\nx-amzn-RequestId: r\r\n{response.more}\r\n"
        )
        self.wfile.write(head.encode() + response.body)


class Server(socketserver.ThreadingTCPServer):
    """One thread for each connection."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a reader that closed the connection because it had read enough of a file."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        os.close(1)
        server.serve_forever()
