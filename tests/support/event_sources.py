"""The event sources of the template, with AWS's semantics, on moto's data.

The work of AWS between a table, a bucket or a queue and a function: filtering, batching,
retrying from the first failed record, bisecting a batch that fails as a whole, giving up
after the attempts in the template, and sending the rest to the failure destination.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import boto3

from registration.adapters import clients
from tests.support.quick_moto import has_messages, has_objects, has_records
from tests.support.stack import REGION, Json, split_target

if TYPE_CHECKING:
    from tests.support.cloud import Cloud

# The number of records that a call of a stream returns.
_MOST_RECORDS = 1000


class EventSources:
    """Delivers events from moto to functions, as connected in the template."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._seen_versions: set[tuple[str, str]] = set()
        self._sequence: dict[tuple[str, str], str] = {}
        self._shards_of: dict[str, list[str]] = {}
        self.given_up: list[Json] = []

    def drain(self) -> None:
        """Deliver until nothing is left to deliver."""
        while self._drop_files() + self._poll_outbox() + self._poll_queues():
            pass

    def index(self) -> None:
        """Deliver the changes of customers to the function that updates the directory."""
        self._poll_stream("IndexCustomersFunction")

    def drain_files_and_queues(self) -> None:
        """Deliver files and messages, and leave the streams' records for later."""
        while self._drop_files() + self._poll_queues():
            pass

    # S3: one asynchronous invocation for each new object version

    def _drop_files(self) -> int:
        delivered = 0
        for bucket, function in self._notifications():
            for version in self._new_versions(bucket):
                event = self.s3_event(bucket, version["Key"], version["VersionId"], version["Size"])
                self._invoke_later(function, event)
                delivered += 1
        return delivered

    def _notifications(self) -> list[tuple[str, str]]:
        found = []
        for name, body in self._cloud.stack.resources("AWS::S3::Bucket").items():
            configuration = body["Properties"]["NotificationConfiguration"]
            for each in configuration["LambdaConfigurations"]:
                assert each["Event"] == "s3:ObjectCreated:*"
                found.append((self._cloud.stack.names[name], _function(each["Function"])))
        return found

    def _new_versions(self, bucket: str) -> list[Any]:
        if not has_objects(bucket):
            return []
        versions = clients.s3().list_object_versions(Bucket=bucket).get("Versions", [])
        versions = sorted(versions, key=lambda version: version["LastModified"])
        new = [v for v in versions if (v["Key"], v["VersionId"]) not in self._seen_versions]
        self._seen_versions.update((v["Key"], v["VersionId"]) for v in new)
        return new

    def s3_event(self, bucket: str, key: str, version_id: str, size: int) -> Json:
        """Return the event of a new object."""
        return {
            "Records": [
                {
                    "eventVersion": "2.1",
                    "eventSource": "aws:s3",
                    "awsRegion": REGION,
                    "eventTime": "2026-11-22T12:00:00.000Z",
                    "eventName": "ObjectCreated:Put",
                    "s3": {
                        "s3SchemaVersion": "1.0",
                        "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                        "object": {
                            "key": quote_plus(key, safe="/"),
                            "size": size,
                            "versionId": version_id,
                            "sequencer": "0A1B2C3D4E5F678901",
                        },
                    },
                }
            ]
        }

    def _invoke_later(self, function: str, event: Json) -> None:
        (config,) = [
            c["Properties"]
            for c in self._cloud.stack.resources("AWS::Lambda::EventInvokeConfig").values()
            if c["Properties"]["FunctionName"] == {"Ref": function}
        ]
        for attempt in range(1 + config["MaximumRetryAttempts"]):
            if self._succeeds(lambda: self._cloud.invoke(function, event)):
                return
            self.given_up.append({"function": function, "attempt": attempt})
        failed = {"version": "1.0", "requestPayload": event}
        self._to_destination(config["DestinationConfig"]["OnFailure"]["Destination"], failed)

    # DynamoDB streams

    def _poll_outbox(self) -> int:
        readers = ("SendEmailFunction", "SendImportedEmailFunction")
        return sum(self._poll_stream(function) for function in readers)

    def _poll_stream(self, function: str) -> int:
        delivered = 0
        for number, mapping in enumerate(self._mappings("FilterCriteria")):
            if _function(mapping["FunctionName"]) != function:
                continue
            # Each mapping reads the stream independently, from its own position.
            records = self._new_records(mapping["EventSourceArn"], str(number))
            records = [r for r in records if _passes(mapping["FilterCriteria"], r)]
            size = mapping["BatchSize"]
            for start in range(0, len(records), size):
                self._deliver_batch(mapping, records[start : start + size])
            delivered += len(records)
        return delivered

    def _deliver_batch(self, mapping: Json, records: list[Json]) -> None:
        function = _function(mapping["FunctionName"])
        attempts = mapping["MaximumRetryAttempts"] + 1
        while records and attempts:
            attempts -= 1
            try:
                answer = self._cloud.invoke(function, {"Records": records})
            except Exception:  # noqa: BLE001 - a function that fails is what this is about
                if mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
                    middle = len(records) // 2
                    self._deliver_batch(mapping, records[:middle])
                    self._deliver_batch(mapping, records[middle:])
                    return
                continue
            records = _left_over(records, answer)
        if records and "DestinationConfig" in mapping:
            self._to_destination(
                mapping["DestinationConfig"]["OnFailure"]["Destination"],
                {"DDBStreamBatchInfo": {"batchSize": len(records)}},
            )

    def _new_records(self, stream_arn: str, reader: str) -> list[Json]:
        last = self._sequence.get((stream_arn, reader))
        if not has_records(stream_arn, last):
            return []
        streams = _streams()
        where: Json = {"ShardIteratorType": "TRIM_HORIZON"}
        if last is not None:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        records: list[Json] = []
        for shard in self._shards(stream_arn):
            iterator = streams.get_shard_iterator(StreamArn=stream_arn, ShardId=shard, **where)[
                "ShardIterator"
            ]
            found = [None] * _MOST_RECORDS
            while len(found) == _MOST_RECORDS:
                answer = streams.get_records(ShardIterator=iterator, Limit=_MOST_RECORDS)
                found, iterator = answer["Records"], answer["NextShardIterator"]
                records += found
        if records:
            self._sequence[stream_arn, reader] = records[-1]["dynamodb"]["SequenceNumber"]
        return [_as_event(record, stream_arn) for record in records]

    def _shards(self, stream_arn: str) -> list[str]:
        if stream_arn not in self._shards_of:
            description = _streams().describe_stream(StreamArn=stream_arn)["StreamDescription"]
            self._shards_of[stream_arn] = [shard["ShardId"] for shard in description["Shards"]]
        return self._shards_of[stream_arn]

    # SQS

    def _poll_queues(self) -> int:
        delivered = 0
        for mapping in self._mappings("ScalingConfig"):
            if not has_messages(mapping["EventSourceArn"]):
                continue
            url = self._queue_url(mapping["EventSourceArn"])
            received = clients.sqs().receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=mapping["BatchSize"],
                MessageSystemAttributeNames=["All"],
            )
            messages = received.get("Messages", [])
            if messages:
                self._deliver_messages(mapping, url, messages)
                delivered += len(messages)
        return delivered

    def _deliver_messages(self, mapping: Json, url: str, messages: list[Any]) -> None:
        event = {"Records": [self.sqs_record(mapping["EventSourceArn"], m) for m in messages]}
        try:
            answer = self._cloud.invoke(_function(mapping["FunctionName"]), event)
            failed = {f["itemIdentifier"] for f in (answer or {}).get("batchItemFailures", [])}
        except Exception:  # noqa: BLE001 - a function that fails is what this is about
            failed = {message["MessageId"] for message in messages}
        for message in messages:
            receipt = message["ReceiptHandle"]
            if message["MessageId"] in failed:
                # The visibility timeout passes.
                clients.sqs().change_message_visibility(
                    QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0
                )
            else:
                clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=receipt)

    @staticmethod
    def sqs_record(arn: str, message: Any) -> Json:
        """Return a message as the function receives it."""
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": REGION,
        }

    # Shared by all of them

    def _mappings(self, having: str) -> list[Json]:
        found = self._cloud.stack.resources("AWS::Lambda::EventSourceMapping")
        resolved = []
        for name in found:
            properties = self._cloud.stack.properties(name)
            if having in properties:
                properties["FunctionName"] = found[name]["Properties"]["FunctionName"]
                resolved.append(properties)
        return resolved

    def _queue_url(self, arn: str) -> str:
        return clients.sqs().get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]

    def _to_destination(self, destination: Any, content: Json) -> None:
        arn = self._cloud.stack.resolve(destination)
        self.given_up.append(content)
        clients.sqs().send_message(QueueUrl=self._queue_url(arn), MessageBody=json.dumps(content))

    @staticmethod
    def _succeeds(invoke: Callable[[], Any]) -> bool:
        try:
            invoke()
        except Exception:  # noqa: BLE001 - a function that fails is what this is about
            return False
        return True


@cache
def _streams() -> Any:
    return boto3.client("dynamodbstreams")


def _function(reference: Any) -> str:
    if "Ref" in reference:
        return str(reference["Ref"])
    return split_target(reference["Fn::GetAtt"])[0]


def _passes(criteria: Json, record: Json) -> bool:
    patterns = [json.loads(each["Pattern"]) for each in criteria["Filters"]]
    return any(_fits(pattern, record) for pattern in patterns)


def _fits(pattern: Json, content: Any) -> bool:
    return isinstance(content, dict) and all(
        # What stands under a missing attribute is missing, too.
        _fits(wanted, content.get(name, {}))
        if isinstance(wanted, dict)
        else any(_equals(each, content, name) for each in wanted)
        for name, wanted in pattern.items()
    )


def _equals(wanted: Any, content: Json, name: str) -> bool:
    if isinstance(wanted, dict):
        return bool(wanted["exists"] == (name in content))
    return name in content and bool(content[name] == wanted)


def _left_over(records: list[Json], answer: Any) -> list[Json]:
    failed = {f["itemIdentifier"] for f in (answer or {}).get("batchItemFailures", [])}
    for position, record in enumerate(records):
        if record["dynamodb"]["SequenceNumber"] in failed:
            # Lambda continues from the first failed record, including later successes.
            return records[position:]
    return []


def _as_event(record: Json, stream_arn: str) -> Json:
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": record["dynamodb"],
        "eventSourceARN": stream_arn,
    }
