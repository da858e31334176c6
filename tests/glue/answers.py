"""What each answer to a client of Glue has: its headers, and the links of its resources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON_API = "application/vnd.api+json"
CHALLENGE = 'Bearer realm="Access to shop API"'
WITHOUT_ID = ("access-tokens", "refresh-tokens")
VERSIONED = ("carts", "guest-carts")
"""The resources of which a single one has an ETag."""


@dataclass(frozen=True)
class Answer:
    """A response over HTTP.

    Attributes
    ----------
    headers
        Its headers, by names in lower case.
    """

    status: int
    body: str
    headers: Mapping[str, str]


def check_answer(url: str, method: str, target: str, answer: Answer) -> None:
    """Check the headers and the links of an answer to a request of a path below ``url``."""
    headers = answer.headers
    assert headers["content-language"] == "en_US"
    assert headers.get("www-authenticate") == (CHALLENGE if answer.status == 401 else None)
    if answer.status == 204:
        assert answer.body == ""
        assert "content-type" not in headers
        assert "etag" not in headers
        return
    document = json.loads(answer.body)
    assert headers["content-type"] == JSON_API
    if answer.status >= 400:
        assert list(document) == ["errors"]
        assert {error["status"] for error in document["errors"]} == {answer.status}
        assert "etag" not in headers
        return
    data = document["data"]
    assert ("etag" in headers) == (isinstance(data, dict) and data["type"] in VERSIONED)
    if isinstance(data, list):
        assert document["links"] == {"self": f"{url}{target}"}
    for each in data if isinstance(data, list) else [data]:
        assert each["links"] == {"self": _link(url, each)}
        _check_items(each, document.get("included", []))


def _link(url: str, resource: Any) -> str:
    """Return the link of a resource that is no part of another."""
    kind, identifier = resource["type"], resource["id"]
    assert (identifier is None) == (kind in WITHOUT_ID)
    return f"{url}/{kind}/{identifier}" if identifier else f"{url}/{kind}"


def _check_items(cart: Any, included: list[Any]) -> None:
    """Check that what a cart says about its items is included, with links under the cart."""
    links = {(item["type"], item["id"]): item["links"] for item in included}
    for kind, related in cart.get("relationships", {}).items():
        for item in related["data"]:
            link = f"{cart['links']['self']}/{kind}/{item['id']}"
            assert links[item["type"], item["id"]] == {"self": link}
