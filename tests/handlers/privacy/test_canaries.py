"""What people enter, and every secret, is told nowhere beside the answer to whom it belongs.

Canaries go through every door, with every call of AWS failing in turn, and in events that are none.
Then logs, metrics, exceptions, messages, reports, errors, headers and caches are searched for them.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields

import pytest

from registration.domain.profile import Profile
from registration.entrypoints.web.routes import speaks_json_api
from tests.iam.uses import Uses
from tests.support.canaries import doors
from tests.support.canaries.doors import (
    LIFE,
    People,
    canary,
    every_way,
    malformed_events,
)
from tests.support.canaries.values import VALUES, flaws
from tests.support.canaries.watch import Watch
from tests.support.cloud import Cloud
from tests.support.mail.suppression_list import suppression_list
from tests.support.stack import Stack, source


@pytest.fixture
def people(cloud: Cloud) -> Iterator[People]:
    """Nobody has signed up yet."""
    with suppression_list():
        yield People(Watch(cloud))


def lived(people: People, until: Callable[[People], None] | None = None) -> People:
    """Let everything happen to people, or everything before something."""
    for step in LIFE:
        if step is until:
            break
        step(people)
    return people


def test_every_field_of_the_profile_has_a_canary() -> None:
    assert {each.name for each in fields(Profile)} - {"own"} <= VALUES.keys()
    assert flaws() == []


def test_a_life_with_every_function_leaves_no_trace(people: People) -> None:
    lived(people)

    assert people.cloud.items(people.cloud.customers_table, "import_job")
    assert len(people.cloud.mails) > 5
    unused = set(Stack().resources("AWS::Lambda::Function")) - people.watch.invoked
    assert unused <= {"DocumentationFunction", "UnroutedFunction"}
    files = {told.where for told in people.watch.told if '"exportedAt"' in told.text}
    assert len(files) == 2, "the customer's and the editor's, which nothing else repeats"
    assert people.watch.leaks() == []


@pytest.mark.parametrize("who", ["nobody", "guest", "somebody"])
def test_no_route_tells_what_came_with_a_request(people: People, who: str) -> None:
    if who == "somebody":
        lived(people, doors.imported)
    if who == "guest":
        people.headers = dict(doors.GUEST_HEADERS)
    query = "&".join(f"{name}={canary(name)}" for name in sorted(doors.QUERY))
    for method, path in every_way(people.cloud):
        named = "/".join(
            canary(part.strip("{+}")) if part.startswith("{") else part for part in path.split("/")
        )
        static = [part for part in path.split("/") if part and not part.startswith("{")]
        if method == "POST" and not speaks_json_api(path):
            people.submit(f"{named}?{query}")
        people.call(method, f"{named}?{query}", static[-1] if static else "")

    assert people.watch.leaks() == []


def test_no_failing_call_of_aws_leaves_a_trace(people: People) -> None:
    doors.let_each_call_fail(people.cloud)

    lived(people)

    assert len(people.cloud.mails) > 5
    assert people.cloud.items(people.cloud.customers_table, "import_job")
    assert len([told for told in people.watch.told if "unexpected error" in told.text]) > 20
    assert people.watch.leaks() == []


@pytest.mark.parametrize(
    "function", sorted(Stack().resources("AWS::Lambda::Function")), ids=lambda name: name
)
def test_no_malformed_event_is_repeated(people: People, function: str) -> None:
    # No event source of a function brings these: what its role allows is not the question.
    judge = people.cloud.judge
    judge.uses = Uses()
    for event in malformed_events():
        with suppress(Exception):  # its text is what the watch looks at
            people.cloud.invoke(function, event)
    judge.denied.clear()
    judge.unknown.clear()

    assert people.watch.leaks() == []


def test_there_are_no_traces_that_could_tell() -> None:
    assert "aws_xray_sdk" not in sys.modules
    assert source()["Globals"]["Function"].get("Tracing", "PassThrough") == "PassThrough"
