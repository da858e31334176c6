"""The import under faults: dying processes, lost answers, throttling, too little time."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, permutations
from math import inf
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, ReadTimeoutError

from registration.adapters import clients
from registration.adapters.dynamodb.retries import retries
from registration.adapters.imports import uploads
from registration.entrypoints.function_app import Failed
from tests.conftest import MakeCloud
from tests.support.busy import BUSY, CONTENDED, Once
from tests.support.cloud import Call, Cloud, Context, Killed
from tests.support.imports.files import a_file, a_row
from tests.support.imports.runs import (
    MIXED,
    PLANNER,
    WORKER,
    comes_again,
    counts,
    done,
    drop,
    empty,
    job,
    outcome,
    run,
    waiting,
)

SMALL = a_file(a_row(1), a_row(2, gender="?"))


def throttled(call: Call) -> Exception:
    error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
    return ClientError(error, call.operation)


def lost(_call: Call) -> Exception:
    return ReadTimeoutError(endpoint_url="https://aws.example")


class Fault:
    """A fault at one of the function's AWS calls."""

    def __init__(self, at: int, what: Callable[[Call], BaseException] | None) -> None:
        self.left = at
        self.what = what

    def __call__(self, call: Call) -> bool:
        if call.operation in {"ReceiveMessage", "DeleteMessage", "PurgeQueue"}:
            # The test's own.
            return False
        self.left -= 1
        if self.left == 0 and self.what:
            raise self.what(call)
        return self.left == 0


def dying_at(operation: str) -> Callable[[Call], None]:
    """Return a hook that kills the function at calls of an operation."""

    def die(call: Call) -> None:
        if call.operation == operation:
            raise Killed

    return die


FAULTS: dict[str, tuple[str, Callable[[Call], BaseException] | None]] = {
    "killed before the call": ("on_call", lambda _call: Killed()),
    "killed after the answer": ("on_answer", lambda _call: Killed()),
    "throttled": ("on_call", throttled),
    "answer lost": ("on_answer", lost),
    "answer lost, and asked again": ("asks_again", None),
}


# Each fault at every call, which takes minutes; or one fault at each third call, in turn.
STEPS = [
    pytest.param(3 * len(FAULTS), id="taking turns"),
    pytest.param(1, id="at each call", marks=pytest.mark.endurance),
]


def faults(cloud: Cloud, fault: str, step: int) -> Iterator[int]:
    """Yield a fault at a call, then at the call a step further, and so on to the last.

    No call is tried again by itself, as where the time for that is up.
    """
    retries.begin(-inf)
    moment, what = FAULTS[fault]
    for at in count(1 + 3 * list(FAULTS).index(fault) % step, step):
        empty(cloud)
        happens = Fault(at, what)
        setattr(cloud, moment, happens)
        yield at
        if happens.left > 0:
            return


def calm(cloud: Cloud) -> None:
    cloud.on_call = cloud.on_answer = cloud.asks_again = None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_at_any_call_is_made_up_for(make_cloud: MakeCloud, fault: str, step: int) -> None:
    cloud = make_cloud(RowsPerChunk="4", RowsPerTransaction="2")
    event = drop(cloud, MIXED)
    run(cloud, event)
    expected = outcome(cloud)

    for at in faults(cloud, fault, step):
        run(cloud, event)
        calm(cloud)
        assert outcome(cloud) == expected, f"at call {at}"

    # Opening, reading, beginning, handing out; two chunks; closing.
    assert at > 25


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each invocation with less time than planning another chunk needs."""
    monkeypatch.setattr(Context, "remaining_ms", 20_000)


@pytest.mark.usefixtures("no_time")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_at_any_call_of_a_planner_without_time_is_made_up_for(
    make_cloud: MakeCloud, fault: str, step: int
) -> None:
    cloud = make_cloud(RowsPerChunk="1")
    event = drop(cloud, SMALL)
    run(cloud, event)
    expected = outcome(cloud)

    for at in faults(cloud, fault, step):
        run(cloud, event)
        calm(cloud)
        assert outcome(cloud) == expected, f"at call {at}"
        assert int(job(cloud)["checkpoints"]) >= 1

    # The planner leaves off after the first chunk.
    assert at > 30


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(3, id="at each third look"),
        pytest.param(1, id="at each look", marks=pytest.mark.endurance),
    ],
)
def test_time_may_run_out_at_any_moment(
    make_cloud: MakeCloud, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    cloud = make_cloud(RowsPerChunk="1")
    event = drop(cloud, MIXED)
    run(cloud, event)
    expected = outcome(cloud)
    looks = 0

    def remaining(_context: Context) -> int:
        nonlocal looks
        looks += 1
        return 20_000 if looks == at else 60_000

    monkeypatch.setattr(Context, "get_remaining_time_in_millis", remaining)
    checkpoints = {}
    for at in count(1, step):
        empty(cloud)
        looks = 0
        run(cloud, event)
        assert outcome(cloud) == expected
        if looks < at:
            break
        checkpoints[at] = int(job(cloud)["checkpoints"])

    # It checks before each chunk but the first; a worker checks the time left for its message.
    assert checkpoints == {at: 1 if at <= 6 else 0 for at in checkpoints}
    assert max(checkpoints) > 6


@pytest.mark.usefixtures("no_time")
def test_calls_without_time_follow_each_other_no_oftener_than_there_are_chunks(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(RowsPerChunk="1")

    run(cloud, drop(cloud, MIXED))

    asked = [call for call in cloud.calls if call.operation == "SendMessage"]
    assert len(asked) == int(job(cloud)["checkpoints"]) == 6
    assert counts(job(cloud)) == (7, 3, 0, 2, 2)


@pytest.mark.usefixtures("no_time")
def test_two_planners_without_time_leave_one_to_go_on(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerChunk="2")
    event = drop(cloud, MIXED)

    def overtake(call: Call) -> None:
        if call.operation == "PutObject":
            cloud.on_call = None
            cloud.invoke(PLANNER, event)

    cloud.on_call = overtake
    cloud.invoke(PLANNER, event)
    messages = [call for call in cloud.calls if call.operation == "SendMessage"]
    run(cloud, event)

    assert len(messages) == 1
    assert counts(job(cloud)) == (7, 3, 0, 2, 2)


@pytest.mark.usefixtures("no_time")
def test_a_saved_state_may_be_lost(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerChunk="2")
    event = drop(cloud, MIXED)
    cloud.invoke(PLANNER, event)
    plan = f"reports/.plans/{job(cloud)['PK'][7:]}/1"
    clients.s3().delete_object(Bucket=cloud.bucket, Key=plan)

    run(cloud, event)

    assert counts(job(cloud)) == (7, 3, 0, 2, 2)


def test_chunks_may_come_in_any_order_and_the_first_line_wins(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerChunk="2")
    rows = [a_row(1), a_row(2), a_row(3), a_row(1), a_row(2, company="Other"), a_row(3)]
    event = drop(cloud, a_file(*rows))
    run(cloud, event)
    expected = outcome(cloud)
    cloud.invoke(PLANNER, event)
    empty(cloud)
    cloud.invoke(PLANNER, event)
    chunks = []
    for chunk, message in waiting(cloud):
        chunks.append(chunk)
        done(cloud, message)

    assert [line for _, _, line in expected["customers"]] == [2, 3, 4]
    for order in permutations(chunks):
        empty(cloud)
        cloud.invoke(PLANNER, event)
        for chunk in (*order, order[0]):
            assert cloud.invoke(WORKER, chunk) == {"batchItemFailures": []}
        assert outcome(cloud) == expected


def test_a_repeated_event_closes_an_import_whose_last_worker_died(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerChunk="4")
    event = drop(cloud, MIXED)
    run(cloud, event)
    expected = outcome(cloud)
    empty(cloud)
    cloud.invoke(PLANNER, event)

    def die_when_closing(call: Call) -> None:
        if call.operation == "Query" and ":chunk" in call.parameters["ExpressionAttributeValues"]:
            raise Killed

    cloud.on_call = die_when_closing
    for message_event, message in waiting(cloud):
        with suppress(Killed):
            cloud.invoke(WORKER, message_event)
        done(cloud, message)
    calm(cloud)
    assert job(cloud)["status"] == "working"

    cloud.invoke(PLANNER, event)

    assert outcome(cloud) == expected


def test_failed_messages_can_be_moved_back_to_the_queue(make_cloud: MakeCloud) -> None:
    cloud = make_cloud()
    cloud.drop("customer.csv", MIXED)

    def fail(call: Call) -> None:
        if call.service == "s3" and call.operation == "GetObject":
            raise ValueError

    cloud.on_call = fail
    cloud.drain()
    cloud.on_call = None
    failures, chunks = (cloud.stack.names[name] for name in ("ImportFailures", "Chunks"))
    (failed,) = clients.sqs().receive_message(QueueUrl=failures)["Messages"]
    clients.sqs().send_message(QueueUrl=chunks, MessageBody=failed["Body"])

    cloud.drain()

    assert counts(job(cloud)) == (7, 3, 0, 2, 2)
    assert job(cloud)["status"] == "closed"


def test_a_file_that_vanishes_while_its_chunks_are_at_work_is_not_refused(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(RowsPerChunk="1")
    event = drop(cloud, MIXED)

    cloud.on_answer = dying_at("SendMessageBatch")
    with pytest.raises(Killed):
        cloud.invoke(PLANNER, event)
    calm(cloud)
    version = event["Records"][0]["s3"]["object"]["versionId"]
    clients.s3().delete_object(Bucket=cloud.bucket, Key="customer.csv", VersionId=version)

    with pytest.raises(Failed):
        cloud.invoke(PLANNER, event)

    assert job(cloud)["status"] == "working"


def put_off(cloud: Cloud) -> list[int]:
    """Return and clear the delays of messages in seconds."""
    calls = [call for call in cloud.calls if call.operation == "ChangeMessageVisibility"]
    cloud.calls.clear()
    return [call.parameters["VisibilityTimeout"] for call in calls]


def unreadable(call: Call) -> None:
    if call.service == "s3" and call.operation == "GetObject":
        raise ValueError


def test_a_chunk_that_fails_comes_again_soon_and_later_each_time(make_cloud: MakeCloud) -> None:
    cloud = make_cloud()
    cloud.invoke(PLANNER, drop(cloud, SMALL))
    cloud.on_call = unreadable
    waits = []

    for event, message in waiting(cloud):
        cloud.calls.clear()
        assert cloud.invoke(WORKER, event)["batchItemFailures"]
        waits.append(put_off(cloud))
        if len(waits) == 6:
            break
        comes_again(cloud, message)

    whole_time = Context.remaining_ms // 1000 + 30
    assert waits == [[whole_time, wait] for wait in (30, 120, 480, 1800, 1800, 1800)]


def test_a_chunk_whose_worker_dies_is_redelivered_after_its_timeout(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud()
    cloud.invoke(PLANNER, drop(cloud, SMALL))
    (event, _message) = next(waiting(cloud))
    cloud.calls.clear()

    cloud.on_call = dying_at("GetObject")
    with pytest.raises(Killed):
        cloud.invoke(WORKER, event)

    assert put_off(cloud) == [Context.remaining_ms // 1000 + 30]


def test_a_message_that_says_no_more_than_its_content_is_done_or_fails(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud()
    cloud.invoke(PLANNER, drop(cloud, SMALL))
    (event, _message) = next(waiting(cloud))
    bare = {name: event["Records"][0][name] for name in ("messageId", "eventSource", "body")}
    cloud.on_call = unreadable
    failed = cloud.invoke(WORKER, {"Records": [bare]})
    calm(cloud)

    assert failed == {"batchItemFailures": [{"itemIdentifier": bare["messageId"]}]}
    assert cloud.invoke(WORKER, {"Records": [bare]}) == {"batchItemFailures": []}
    assert counts(job(cloud)) == (2, 1, 0, 0, 1)


def test_a_chunk_that_cannot_be_put_off_is_done_all_the_same(
    make_cloud: MakeCloud, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = make_cloud()
    event = drop(cloud, SMALL)

    def refuse(call: Call) -> None:
        if call.operation == "ChangeMessageVisibility":
            raise throttled(call)

    cloud.on_call = refuse
    run(cloud, event)

    assert counts(job(cloud)) == (2, 1, 0, 0, 1)
    assert "message not put off" in caplog.messages


@pytest.mark.parametrize("time", ["enough", "too little"])
def test_a_planner_retries_writes_that_conflict_with_workers(
    make_cloud: MakeCloud, waits: list[float], monkeypatch: pytest.MonkeyPatch, time: str
) -> None:
    """Its updates of the job, one for each checkpoint, conflict with those of workers."""
    if time == "too little":
        monkeypatch.setattr(Context, "remaining_ms", 20_000)
    cloud = make_cloud(RowsPerChunk="1")
    event = drop(cloud, MIXED)
    cloud.on_call = fault = Once(CONTENDED["in conflict"], BUSY["throttled"])

    cloud.invoke(PLANNER, event)
    for message_event, message in waiting(cloud):
        assert cloud.invoke(WORKER, message_event) == {"batchItemFailures": []}
        done(cloud, message)

    assert counts(job(cloud)) == (7, 3, 0, 2, 2)
    assert len(waits) == fault.failures > 20


@pytest.mark.parametrize(
    ("function", "content"), [(PLANNER, b"PK\x03\x04 not a table"), (WORKER, SMALL)]
)
def test_a_report_whose_copy_in_parts_fails_leaves_no_part_behind(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, function: str, content: bytes
) -> None:
    in_parts = TransferConfig(multipart_threshold=1, use_threads=False)
    monkeypatch.setattr(uploads, "_one_after_the_other", lambda: in_parts)
    event = drop(cloud, content)
    if function == WORKER:
        cloud.invoke(PLANNER, event)
        event, _ = next(waiting(cloud))

    def fail(call: Call) -> None:
        if call.operation == "UploadPartCopy":
            raise throttled(call)

    cloud.on_call = fail
    with suppress(Failed):
        cloud.invoke(function, event)

    assert [call.operation for call in cloud.calls].count("AbortMultipartUpload") == 1
    assert "Uploads" not in clients.s3().list_multipart_uploads(Bucket=cloud.bucket)
