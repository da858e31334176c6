"""The edge in front of the API, CloudFront for example: which requests came through it.

The API's own address is open to everybody, also where an edge with a firewall stands in
front of it. So the edge adds a secret to each request, and what comes without it is
refused. The service knows only the SHA-256 digest of the secret: see
``docs/adr/0009-the-edge-proves-itself-with-a-secret.md``.

====================  =========================================================
header                holds
====================  =========================================================
``X-Origin-Verify``   the secret
``X-Viewer-Address``  the IPv4 or IPv6 address that the request came from
====================  =========================================================

The edge overwrites both, whatever the client sent. Where there is no edge, neither is
looked at.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any

from registration.frozen import dataclass

SECRET_HEADER = "x-origin-verify"  # noqa: S105 - a header's name
ADDRESS_HEADER = "x-viewer-address"


class NotFromEdge(Exception):
    """A request came without the edge's secret."""


class ViewerUnknown(NotFromEdge):
    """It came with the secret, but the edge does not say from which address."""


@dataclass(frozen=True)
class Edge:
    """What is known of the edge.

    Parameters
    ----------
    digests
        The SHA-256 digests of the secrets that it may send, in hexadecimal. More than one
        while the secret is changed; none where there is no edge.
    """

    digests: tuple[str, ...] = ()

    def viewer_of(self, event: Mapping[str, Any]) -> str:
        """Return the network address that an HTTP request was sent from.

        Raises
        ------
        NotFromEdge, ViewerUnknown
        """
        if not self.digests:
            return str(event["requestContext"]["http"]["sourceIp"])
        headers = {name.lower(): str(text) for name, text in event.get("headers", {}).items()}
        if not self._has_sent(headers.get(SECRET_HEADER, "")):
            raise NotFromEdge
        return _address_in(headers.get(ADDRESS_HEADER, ""))

    def _has_sent(self, secret: str) -> bool:
        # The digest of nothing is well known: a command that failed may have made it.
        if not secret:
            return False
        given = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        # Each is compared, and each in constant time.
        matches = [hmac.compare_digest(given, digest) for digest in self.digests]
        return any(matches)


def _address_in(text: str) -> str:
    """Return an address in its one form; an IPv4 address in IPv6 notation is IPv4.

    There is nothing to fall back on: the request's context has the edge's own address. It
    stands for many viewers, whom a limit would stop together, and would be wrong as evidence
    of consent. A client cannot bring this about, and it shows as soon as the edge is set up.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise ViewerUnknown from error
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            raise ViewerUnknown
        return str(address.ipv4_mapped or address)
    return str(address)
