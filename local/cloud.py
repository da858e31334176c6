"""A running local cloud, for the tests and for the import on the command line."""

import json
import os
import shlex
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
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
        The URL of the front door, for customers and API clients.
    endpoint
        The URL of the emulator, which has AWS's own API.
    bucket
        The bucket for files to import.
    customers_table, outbox_table
        The names of the tables.
    log
        The file with the output of the emulator and of the functions.
    """

    url: str
    endpoint: str
    bucket: str
    customers_table: str
    outbox_table: str
    log: str

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], endpoint: str, log: str = "") -> "Cloud":
        """Return the cloud with the outputs of its stack."""
        return cls(
            url=outputs["PublicUrl"],
            endpoint=endpoint,
            bucket=outputs["ImportBucket"],
            customers_table=outputs["CustomersTable"],
            outbox_table=outputs["OutboxTable"],
            log=log,
        )

    def as_json(self) -> str:
        """Return the cloud as one line of JSON, for another process."""
        return json.dumps(asdict(self))

    def session(self) -> boto3.Session:
        """Return a boto3 session with the emulator's credentials."""
        return clients.session()

    def client(self, service: str) -> Any:
        """Return a boto3 client for a service of the emulator."""
        return clients.client(service, self.endpoint)

    def table(self, name: str) -> Any:
        """Return a table as a boto3 resource, with plain Python values."""
        return self.session().resource("dynamodb", endpoint_url=self.endpoint).Table(name)

    def mails(self, to: str = "") -> list[dict[str, str]]:
        """Return the sent mails, newest first; those to one address, if it is given."""
        query = f"?{urlencode({'to': to})}" if to else ""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_local/mails{query}", timeout=30) as answer:
            found: list[dict[str, str]] = json.load(answer)
            return found


@contextmanager
def running_cloud(
    parameters: Mapping[str, str] | None = None,
    *,
    port: int = 0,
    clock: str = "+0m",
    shop: Path | None = None,
) -> Iterator[Cloud]:
    """Run a separate local cloud as long as the context lasts.

    It is the same process as that of `make run`. It needs the local cloud's environment
    (`make .build/cloud/installed`), and also stops when its parent process dies.

    Parameters
    ----------
    parameters
        Values of template parameters; the others have their defaults.
    port
        The port of the front door; 0 means any free port. The emulator takes a free port.
    clock
        How far the clock is ahead of the machine's.
    shop
        The folder of what is the shop's own, if it is another one than that of the environment.
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
        f"--clock={clock}",
        "--params",
        shlex.join(f"{name}={value}" for name, value in (parameters or {}).items()),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "SHOP_FOLDER": str(shop)} if shop else None,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time_limit = threading.Timer(_SECONDS_TO_START, process.terminate)
        time_limit.start()
        try:
            lines = process.stdout or ()
            described = next((line for line in lines if line.startswith("{")), None)
            time_limit.cancel()
            if described is None:
                raise RuntimeError(f"The local cloud did not start: exit {process.wait()}.")
            yield Cloud(**json.loads(described))
        finally:
            time_limit.cancel()
            process.terminate()
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
