"""Which pages may make a browser call the API, or send our cookies.

Any site can make a visitor's browser send a request: a script with ``no-cors``, a form. Browsers
say where a request comes from, and no page can change what they say:

* ``Sec-Fetch-Site``: ``same-origin``, ``same-site``, ``cross-site``, or ``none`` for an address
  that the user typed (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header);
* ``Origin``, with each request that is no ``GET`` or ``HEAD``
  (https://fetch.spec.whatwg.org/#origin-header).

Clients that are no browsers send neither, and are not refused. The forms of pages have CSRF tokens
instead: our pages send no referrer, and so older browsers say just ``Origin: null`` of them.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OURS = {"same-origin", "none"}


def is_foreign(
    method: str, headers: Mapping[str, str], own: Collection[str], allowed: Collection[str]
) -> bool:
    """Whether a request would change something for a page of another origin.

    Parameters
    ----------
    method, headers
        Of the request; the headers' names in lower case.
    own
        Addresses of this service.
    allowed
        Origins whose pages may call the API from a browser; ``*`` for all.
    """
    if method in _SAFE:
        return False
    said = headers.get("origin")
    origin = _origin_of(said) if said else None
    if said and "*" in allowed:
        return False
    if origin and origin in map(_origin_of, allowed):
        return False
    if site := headers.get("sec-fetch-site"):
        return site not in _OURS
    if not said:
        return False
    return origin is None or origin not in map(_origin_of, own)


def is_foreign_script(headers: Mapping[str, str], own: Collection[str]) -> bool:
    """Whether a script of another origin asks, for whom browsers add ``Origin`` to ``GET``, too.

    It could read the answer if CORS names its origin, with the cookies if it is of the same site.
    """
    origin = _origin_of(headers.get("origin") or "")
    if site := headers.get("sec-fetch-site"):
        return "origin" in headers and site not in _OURS
    return origin is not None and origin not in map(_origin_of, own)


def _origin_of(address: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port, or nothing for what is no address: ``null``, for one."""
    try:
        url = urlsplit(address.strip().lower())
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    except ValueError:
        return None
    return (url.scheme, url.hostname, port) if url.hostname else None
