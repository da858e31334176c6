"""Every key of the tables ``customers`` and ``outbox``, built only here.

==============  ======================  =================
item            PK                      SK
==============  ======================  =================
customer        ``CUSTOMER#<ref>``      ``CUSTOMER``
claim           ``EMAIL#<normalised>``  ``CLAIM``
import job      ``IMPORT#<id>``         ``JOB``
chunk's result  ``IMPORT#<id>``         ``CHUNK#<number>``
batch of rows   ``IMPORT#<id>#<chunk>`` ``BATCH#<number>``
imported bytes  ``FILE#<digest>``       ``FILE``
place of a job  ``IMPORTS#<shard>``     ``<time>#<id>``
cart            ``CART#<cart id>``      ``CART``
cart's owner    ``CUSTOMER#<ref>``      ``CART#<cart id>``
cart's guest    ``GUEST#<digest>``      ``CART``
session         ``CUSTOMER#<ref>``      ``SESSION#<id>``
limit           ``LIMIT#<digest>``      ``LIMIT``
receipt         ``RECEIPT#<digest>``    ``RECEIPT``
timeline entry  ``<NAME>#<shard>``      ``<time>#<id>``
found customer  ``SEARCH#<2>``          ``<term>#<ref>``
staff           ``STAFF#<staff id>``    ``STAFF``
staff session   ``STAFF#<staff id>``    ``SESSION#<id>``
audit entry     ``AUDIT#<shard>``       ``<time>#<id>``
its copy        ``CUSTOMER#<ref>``      ``AUDIT#<time>#<id>``
suppression     ``SUPPRESSED#<digest>`` ``SUPPRESSED``
==============  ======================  =================

The outbox has ``PK`` alone: ``MAIL#<mail id>``. Its index ``waiting`` has the attribute
``waiting``, ``WAITING#<lane>#<shard>``, and ``promised_at``.
"""

import hashlib
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Key = dict[str, "AttributeValueTypeDef"]

# One partition accepts a thousand writes a second, and all sign-ups together may exceed that.
_SHARDS = 4


def customer(reference: str) -> Key:
    """Return the key of a customer."""
    return _key(f"CUSTOMER#{reference}", "CUSTOMER")


def claim(normalised_email: str) -> Key:
    """Return the key of the claim on a normalised address."""
    return _key(f"EMAIL#{normalised_email}", "CLAIM")


def cart(cart_id: str) -> Key:
    """Return the key of a cart."""
    return _key(f"CART#{cart_id}", "CART")


def cart_of_customer(reference: str, cart_id: str) -> Key:
    """Return the key of the note that a customer owns a cart."""
    return _key(f"CUSTOMER#{reference}", f"CART#{cart_id}")


def cart_of_guest(digest: str) -> Key:
    """Return the key of the note of a guest's cart."""
    return _key(f"GUEST#{digest}", "CART")


def session(reference: str, session_id: str) -> Key:
    """Return the key of a customer's session: a chain of refresh tokens."""
    return _key(f"CUSTOMER#{reference}", f"SESSION#{session_id}")


def limit(digest: str) -> Key:
    """Return the key of a counter of attempts."""
    return _key(f"LIMIT#{digest}", "LIMIT")


def receipt(digest: str) -> Key:
    """Return the key of the record of a request with an Idempotency-Key."""
    return _key(f"RECEIPT#{digest}", "RECEIPT")


def import_job(import_id: str) -> Key:
    """Return the key of an import's job."""
    return _key(f"IMPORT#{import_id}", "JOB")


def import_chunk(import_id: str, number: int) -> Key:
    """Return the key of the result of an import's chunk."""
    return _key(f"IMPORT#{import_id}", f"CHUNK#{number:06d}")


def import_batch(import_id: str, chunk: int, number: int) -> Key:
    """Return the key of the marker of one transaction of an import.

    Each chunk has its own partition, so that many workers do not share a hot one.
    """
    return _key(f"IMPORT#{import_id}#{chunk:06d}", f"BATCH#{number:06d}")


def imported_file(digest: str) -> Key:
    """Return the key of the note that a file with this digest was imported."""
    return _key(f"FILE#{digest}", "FILE")


IMPORT_SHARDS = range(4)


def import_place(import_id: str, place: str) -> Key:
    """Return the key of a job in the list of all jobs, in the order of their opening."""
    return import_places(int(import_id[:8], 16) % len(IMPORT_SHARDS), place)


def import_places(shard: int, place: str) -> Key:
    """Return the key of a place in one shard of the list of all jobs."""
    return _key(f"IMPORTS#{shard}", place)


def timeline_entry(name: str, shard: int, time: str, entry_id: str) -> Key:
    """Return the key of an entry of a timeline."""
    return _key(timeline_partition(name, shard), f"{time}#{entry_id}")


def timeline_partition(name: str, shard: int) -> str:
    """Return the partition of one shard of a timeline."""
    return f"{name}#{shard}"


def staff(staff_id: str) -> Key:
    """Return the key of a member of staff."""
    return _key(f"STAFF#{staff_id}", "STAFF")


def staff_session(staff_id: str, session_id: str) -> Key:
    """Return the key of a session of a member of staff."""
    return _key(f"STAFF#{staff_id}", f"SESSION#{session_id}")


def audit_of_customer(reference: str, position: str) -> Key:
    """Return the key of a customer's copy of an entry in the audit record."""
    return _key(f"CUSTOMER#{reference}", f"AUDIT#{position}")


def search_entry(term: str, reference: str) -> Key:
    """Return the key of a search entry for a customer and a term."""
    return _key(search_partition(term), f"{term}#{reference}")


def search_partition(term: str) -> str:
    """Return the partition of the terms with the same first letters."""
    return f"SEARCH#{term[:2]}"


def suppression(normalised_email: str) -> Key:
    """Return the key of a suppression. It does not reveal the address."""
    digest = hashlib.sha256(normalised_email.encode()).hexdigest()
    return _key(f"SUPPRESSED#{digest}", "SUPPRESSED")


def mail(mail_id: str) -> Key:
    """Return the key of a promised mail in the outbox."""
    return {"PK": {"S": f"MAIL#{mail_id}"}}


def mail_id(key: "Mapping[str, AttributeValueTypeDef]") -> str:
    """Return the mail id in a key of the outbox."""
    return key["PK"]["S"].removeprefix("MAIL#")


def at(pk: str, sk: str) -> Key:
    """Return the key of an item that was read before, or of the start of a read."""
    return _key(pk, sk)


def is_mail(key: "Mapping[str, AttributeValueTypeDef]") -> bool:
    """Whether a key of the outbox belongs to a promised mail."""
    return key["PK"]["S"].startswith("MAIL#")


def waiting(lane: str, mail_id: str) -> str:
    """Return the partition of a mail in the index ``waiting``."""
    return waiting_in(lane)[zlib.crc32(mail_id.encode()) % _SHARDS]


def waiting_in(lane: str) -> list[str]:
    """Return all partitions of a lane in the index ``waiting``."""
    return [f"WAITING#{lane}#{shard}" for shard in range(_SHARDS)]


def lane_waiting(shard: str) -> str:
    """Return the lane of a partition of the index ``waiting``."""
    return shard.split("#")[1]


def _key(pk: str, sk: str) -> Key:
    return {"PK": {"S": pk}, "SK": {"S": sk}}
