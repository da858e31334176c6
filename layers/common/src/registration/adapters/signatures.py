"""AWS's Signature Version 4 of a request without a query, as AWS JSON sends it.

botocore signs any request, by headers that are mail messages: that takes a third of a small call,
and a tenth of a cold start (`docs/adr/0013-a-small-client-for-aws-json.md`). A test compares both.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hmac
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from registration.frozen import dataclass

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Credentials:
    """What signs. Lambda sets it for the life of a process.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """

    access_key: str
    secret_key: str
    token: str | None

    @classmethod
    def of_environment(cls) -> "Credentials":
        """Return the function's own credentials."""
        given = os.environ
        return cls(
            given["AWS_ACCESS_KEY_ID"],
            given["AWS_SECRET_ACCESS_KEY"],
            given.get("AWS_SESSION_TOKEN"),
        )


@dataclass(frozen=True)
class Signer:
    """Signs requests to one address of a service."""

    credentials: Credentials
    service: str
    region: str
    url: str

    def signature(self, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
        """Return the headers to add to a ``POST``."""
        added = {"X-Amz-Date": now.strftime("%Y%m%dT%H%M%SZ")}
        if self.credentials.token:
            added["X-Amz-Security-Token"] = self.credentials.token
        signed = {name.lower(): value for name, value in (*headers.items(), *added.items())}
        signed["host"] = self._host
        names = ";".join(sorted(signed))
        lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
        asked = ["POST", self._path, "", *lines, "", names, sha256(body).hexdigest()]
        day = added["X-Amz-Date"][:8]
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        digest = sha256("\n".join(asked).encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", added["X-Amz-Date"], scope, digest])
        key = _key(self.credentials.secret_key, day, self.region, self.service)
        added["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={hmac.new(key, text.encode(), sha256).hexdigest()}"
        )
        return added

    @cached_property
    def _host(self) -> str:
        place = urlsplit(self.url)
        return place.netloc.removesuffix(_DEFAULT_PORTS[place.scheme])

    @cached_property
    def _path(self) -> str:
        return urlsplit(self.url).path or "/"


@lru_cache(maxsize=8)
def _key(secret: str, *parts: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (*parts, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
