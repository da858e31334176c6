"""A running local cloud, for whoever uses it: the tests, the import on the command line."""

import json
import shlex
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import boto3

from local import clients
from local.package import BUILD, ROOT

_SECONDS_TO_START = 180
_SECONDS_TO_STOP = 20


@dataclass(frozen=True)
class Cloud:
    """The addresses and names in a running local cloud.

    Attributes
    ----------
    url
        The front door, where customers and API clients go.
    endpoint
        The emulator, where AWS's own API is.
    bucket
        Where files to import are dropped.
    customers_table, outbox_table
        The tables' names.
    log
        File with what the emulator and the functions print.
    """

    url: str
    endpoint: str
    bucket: str
    customers_table: str
    outbox_table: str
    log: str

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], endpoint: str, log: str = "") -> "Cloud":
        """Make it from the outputs of the stack."""
        return cls(
            url=outputs["PublicUrl"],
            endpoint=endpoint,
            bucket=outputs["ImportBucket"],
            customers_table=outputs["CustomersTable"],
            outbox_table=outputs["OutboxTable"],
            log=log,
        )

    def as_json(self) -> str:
        """Return it on one line, for another process."""
        return json.dumps(asdict(self))

    def session(self) -> boto3.Session:
        """Return a boto3 session with the emulator's credentials."""
        return clients.session()

    def client(self, service: str) -> Any:
        """Return a boto3 client of one of the emulator's services."""
        return clients.client(service, self.endpoint)

    def table(self, name: str) -> Any:
        """Return a table as boto3's resource, with plain Python values."""
        return self.session().resource("dynamodb", endpoint_url=self.endpoint).Table(name)

    def mails(self, to: str = "") -> list[dict[str, str]]:
        """Return the mails sent, newest first; to one address, if it is given."""
        query = f"?{urlencode({'to': to})}" if to else ""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_local/mails{query}", timeout=30) as answer:
            found: list[dict[str, str]] = json.load(answer)
            return found


@contextmanager
def running_cloud(parameters: Mapping[str, str] | None = None, *, port: int = 0) -> Iterator[Cloud]:
    """Run a local cloud of one's own, for as long as the context lasts.

    It is the process that `make run` starts. It needs the local cloud's environment
    (`make .build/cloud/installed`), and stops too when the process that started it dies.

    Parameters
    ----------
    parameters
        Values of the template's parameters; the others have their defaults.
    port
        Of the front door; 0: any that is free. The emulator takes one that is free.
    """
    command = [
        str(BUILD / "cloud" / "bin" / "python"),
        "-m",
        "local.run",
        "--port",
        str(port),
        "--cloud-port",
        "0",
        "--attached",
        "--params",
        shlex.join(f"{name}={value}" for name, value in (parameters or {}).items()),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        patience = threading.Timer(_SECONDS_TO_START, process.terminate)
        patience.start()
        try:
            lines = process.stdout or ()
            described = next((line for line in lines if line.startswith("{")), None)
            patience.cancel()
            if described is None:
                raise RuntimeError(f"The local cloud did not start: exit {process.wait()}.")
            yield Cloud(**json.loads(described))
        finally:
            patience.cancel()
            process.terminate()
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
