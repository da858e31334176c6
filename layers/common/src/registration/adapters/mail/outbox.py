"""The outbox in DynamoDB: the table contains exactly the unsent mails.

Its index ``waiting`` contains the mails that people wait for, reminders, and parked mails,
each in a lane of its own. Waiting mails of imports are in no index, which would cost a write
unit per row; a scan of the table finds them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from typing import Any

from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import update
from registration.adapters.dynamodb.reading import items_of_pages, query, read_batch, read_one
from registration.application.mail.ports import (
    Lease,
    MailProgress,
    NotLeased,
    OutboxState,
    Promise,
    UnsentMail,
)
from registration.application.ports import Conflict
from registration.domain.mail.mails import Lane, Mail, MailKind

_INDEX = "waiting"
_PARKED = "parked"
_PAGE = 200
_OF_LEASE = ("held_by", "held_until", "next_claim")
# Seconds that a mail's first lease lasts; each further one lasts this much longer.
_LEASE = 120


def promised(record: Mapping[str, Any]) -> Promise | None:
    """Return the promise in a record of the outbox's stream, if it is a new one."""
    change = record["dynamodb"]
    if record.get("eventName") != "INSERT" or not keys.is_mail(change["Keys"]):
        return None
    return _promise({**change.get("NewImage", {}), **change["Keys"]})


@dataclass(frozen=True)
class DynamoDBOutbox:
    """The port ``Outbox`` on the table ``outbox``."""

    table: str

    def get(self, mail_id: str) -> Mail | None:
        """Return the current state of a waiting mail."""
        item = self._item(mail_id)
        return items.mail_of(item) if item and "parked" not in item else None

    def waiting(self, lane: Lane, before: datetime) -> Iterator[Promise]:
        """Find the mails of a lane promised before a time."""
        if lane is Lane.IMPORT:
            return self._unindexed(before)
        shards = [self._shard(shard, before) for shard in keys.waiting_in(lane)]
        return map(_promise, merge(*shards, key=lambda item: item["promised_at"]["S"]))

    def lease(self, mail_id: str, lease_id: str, now: datetime) -> Lease | NotLeased:
        """Lease a mail to one sender, unless another sender holds it."""
        try:
            # Two senders at once, the stream's and the sweep's: the first one's lease
            # stands until it is released, or expires because the sender died.
            item: items.ReadItem = clients.dynamodb().update_item(
                TableName=self.table,
                Key=keys.mail(mail_id),
                UpdateExpression=(
                    "SET held_by = :id, held_until = :now + if_not_exists(next_claim, :lease),"
                    " next_claim = if_not_exists(next_claim, :lease) + :lease"
                ),
                ConditionExpression=(
                    "attribute_exists(PK) AND attribute_not_exists(parked)"
                    " AND (attribute_not_exists(held_until) OR held_until <= :now)"
                ),
                ExpressionAttributeValues={
                    ":id": {"S": lease_id},
                    ":now": {"N": items.epoch(now)},
                    ":lease": {"N": str(_LEASE)},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["Attributes"]
        except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
            item = _found(error)
            if items.text(item, "held_by") != lease_id:
                return _why_not(item)
        until = datetime.fromtimestamp(int(item["held_until"]["N"]), UTC)
        return Lease(mail_id, lease_id, until, _mail_of(item))

    def release(self, lease: Lease) -> None:
        """End a lease at once, as if the mail had not been leased."""
        with suppress(Conflict):
            self._update_leased(lease, {}, removes=_OF_LEASE)

    def renew(self, lease: Lease, link_since: datetime) -> None:
        """Restart the lifetime of a mail's link at a later time."""
        since: items.Item = {"link_since": {"S": link_since.isoformat()}}
        self._update_leased(lease, since, removes=("has_code",))

    def park(self, mail_id: str, reason: str) -> None:
        """Park a mail that is not to be tried again, with the reason."""
        waiting: items.Item = {"waiting": {"S": keys.waiting(_PARKED, mail_id)}}
        self._update_if_there(mail_id, {"parked": {"S": reason}, **waiting}, removes=_OF_LEASE)

    def unpark(self, mail_ids: Iterable[str]) -> None:
        """Let parked mails wait again, if they still exist."""
        for mail_id in mail_ids:
            lane = items.lane_of(self._item(mail_id))
            if lane is Lane.IMPORT:
                self._update_if_there(mail_id, {}, removes=("parked", "waiting"))
            else:
                waiting: items.Item = {"waiting": {"S": keys.waiting(lane, mail_id)}}
                self._update_if_there(mail_id, waiting, removes=("parked",))

    def parked(self, reason: str) -> Iterator[str]:
        """Find the mails parked for a reason."""
        return map(keys.mail_id, self._indexed([_PARKED], "parked", reason))

    def remove(self, mail_id: str) -> None:
        """Remove an accepted mail."""
        clients.dynamodb().delete_item(TableName=self.table, Key=keys.mail(mail_id))

    def remove_all_to(self, reference: str) -> None:
        """Remove every mail to a customer except those of imports, which are in no index."""
        lanes = [Lane.PEOPLE, Lane.REMINDERS, _PARKED]
        for found in self._indexed(lanes, "reference", reference):
            self.remove(keys.mail_id(found))

    def unsent_to(self, reference: str, known: str) -> list[UnsentMail]:
        """Return the mails to a customer that wait or are parked, the oldest first.

        ``known`` is one that the part of the index that is read may lack: that holds neither an
        import's mails nor reminders, of which the whole shop's would be read for one customer.
        """
        indexed = self._indexed([Lane.PEOPLE, _PARKED], "reference", reference)
        wanted = dict.fromkeys([*map(keys.mail_id, indexed), known])
        found = read_batch(self.table, [keys.mail(mail_id) for mail_id in wanted])
        mails = [(mail, items.text(item, "parked")) for item in found if (mail := _mail_of(item))]
        own = [UnsentMail(*each) for each in mails if each[0].reference == reference]
        return sorted(own, key=lambda unsent: unsent.mail.promised_at)

    def remind(self, reminder: Mail) -> None:
        """Replace an accepted mail with its reminder, which waits."""
        item = items.mail_item(reminder)
        names = ("kind", "promised_at", "lane", "waiting")
        sets = {name: item[name] for name in names}
        self._update_if_there(reminder.mail_id, sets, removes=_OF_LEASE)

    def progress(self, mail_ids: Sequence[str]) -> dict[str, MailProgress]:
        """Return the progress of 100 mails at most. A missing mail was sent, or never existed."""
        wanted = [keys.mail(mail_id) for mail_id in dict.fromkeys(mail_ids)]
        found = read_batch(self.table, wanted)
        progress = {keys.mail_id(item): _progress(item) for item in found}
        return {mail_id: each for mail_id, each in progress.items() if each}

    def _item(self, mail_id: str) -> items.ReadItem:
        return read_one(self.table, keys.mail(mail_id)) or {}

    def _shard(self, shard: str, before: datetime) -> Iterator[items.ReadItem]:
        return self._query(
            "waiting = :shard AND promised_at < :before",
            {":shard": {"S": shard}, ":before": {"S": before.isoformat()}},
        )

    def _indexed(
        self, lanes: Sequence[str], attribute: str, value: str
    ) -> Iterator[items.ReadItem]:
        for shard in (shard for lane in lanes for shard in keys.waiting_in(lane)):
            found = self._query("waiting = :shard", {":shard": {"S": shard}})
            yield from (item for item in found if items.text(item, attribute) == value)

    def _query(self, condition: str, values: items.Item) -> Iterator[items.ReadItem]:
        return query(self.table, condition, values, IndexName=_INDEX, Limit=_PAGE)

    def _unindexed(self, before: datetime) -> Iterator[Promise]:
        found = items_of_pages(
            clients.dynamodb().scan,
            TableName=self.table,
            # A mail without a time is in no index either. It is broken: the sweep leases
            # it and parks it.
            FilterExpression=(
                "attribute_not_exists(parked) AND (attribute_not_exists(promised_at)"
                " OR promised_at < :before AND attribute_not_exists(waiting))"
            ),
            ProjectionExpression="PK, promised_at, lane",
            ExpressionAttributeValues={":before": {"S": before.isoformat()}},
        )
        return map(_promise, found)

    def _update_leased(self, lease: Lease, sets: items.Item, removes: Iterable[str] = ()) -> None:
        ours: items.Item = {":id": {"S": lease.lease_id}}
        key = keys.mail(lease.mail_id)
        # A sender that was held up for longer than its lease lasts: the mail may be leased by
        # another sender now, or sent.
        changed = update(self.table, key, sets, "held_by = :id", ours, removes=removes)
        try:
            clients.dynamodb().update_item(**changed["Update"])
        except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error

    def _update_if_there(self, mail_id: str, sets: items.Item, removes: Iterable[str]) -> None:
        # Removed meanwhile, with its customer: an update must not restore half of it.
        there = "attribute_exists(PK)"
        changed = update(self.table, keys.mail(mail_id), sets, there, removes=removes)
        with suppress(clients.dynamodb().exceptions.ConditionalCheckFailedException):
            clients.dynamodb().update_item(**changed["Update"])


def _found(error: ClientError) -> items.ReadItem:
    response: Mapping[str, Any] = error.response
    found: items.ReadItem = response.get("Item", {})
    return found


def _why_not(item: items.ReadItem) -> NotLeased:
    if not item:
        return NotLeased.SENT_BEFORE
    return NotLeased.PARKED_BEFORE if "parked" in item else NotLeased.HELD


def _mail_of(item: items.ReadItem) -> Mail | None:
    try:
        return items.mail_of(item)
    except (KeyError, ValueError, TypeError):
        return None


def _promise(item: items.ReadItem) -> Promise:
    # A broken mail must not stop those behind it: the sender that leases it finds out.
    with suppress(KeyError, ValueError):
        promised_at = datetime.fromisoformat(item["promised_at"]["S"])
        return Promise(keys.mail_id(item), _lane(item), promised_at)
    return Promise(keys.mail_id(item))


def _lane(item: items.ReadItem) -> Lane:
    shard = items.text(item, "waiting")
    return Lane(keys.lane_waiting(shard)) if shard else items.lane_of(item)


def _progress(item: items.ReadItem) -> MailProgress | None:
    mail = _mail_of(item)
    # A reminder has the id of the sent mail that it reminds of.
    if mail is None or mail.kind is MailKind.CONFIRMATION_REMINDER:
        return None
    reason = items.text(item, "parked")
    state = OutboxState.PARKED if reason else OutboxState.WAITING
    return MailProgress(state, reason, mail.promised_at)
