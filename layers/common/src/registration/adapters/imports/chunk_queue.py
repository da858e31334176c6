"""The queue of chunks in SQS."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.imports.items import message_of, plan_on_message
from registration.application.imports.ports import TryLater
from registration.domain.imports.jobs import Chunk
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

# The limits of one call.
_MOST_MESSAGES = 10
_MOST_BYTES = 250_000


@dataclass(frozen=True)
class SqsChunkQueue:
    """The port ``ChunkQueue`` on a queue."""

    url: str

    def send(self, chunks: Iterable[Chunk]) -> None:
        """Send chunks to the workers, as many per call as it allows."""
        for entries in _calls(chunks):
            answer = clients.sqs().send_message_batch(QueueUrl=self.url, Entries=entries)
            if answer.get("Failed"):
                # The planner runs again, and sends all of them again.
                raise TryLater

    def plan_on(self, import_id: str) -> None:
        """Request a call that continues planning a file: a worker takes it."""
        clients.sqs().send_message(QueueUrl=self.url, MessageBody=plan_on_message(import_id))

    def put_off(self, receipt: str, seconds: float) -> None:
        """Let a message be redelivered after a delay, unless it is done before.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        """
        clients.sqs().change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=int(seconds)
        )


def _calls(chunks: Iterable[Chunk]) -> "Iterator[list[SendMessageBatchRequestEntryTypeDef]]":
    entries: list[SendMessageBatchRequestEntryTypeDef] = []
    size = 0
    for chunk in chunks:
        body = message_of(chunk)
        if entries and (len(entries) == _MOST_MESSAGES or size + len(body) > _MOST_BYTES):
            yield entries
            entries, size = [], 0
        entries.append({"Id": str(chunk.number), "MessageBody": body})
        size += len(body)
    if entries:
        yield entries
