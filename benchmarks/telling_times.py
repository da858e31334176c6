"""Measures what the time of an answer tells of an address, and what hashes cost.

Run it with ``python -m benchmarks.report telling_times``. A stranger logs in with a wrong password,
asks for a new link and says that the password is forgotten, by turns with an unknown address and
with those of other kinds.
The AUC is the probability that one of the other kind took longer: 0.5 tells nothing. Its interval
is that of Hanley and McNeil (https://doi.org/10.1148/radiology.143.1.7063747), 95 %.
"""

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import bcrypt
from moto import mock_aws

from benchmarks.report import Cell, Table
from registration.adapters import clients
from registration.domain import passwords
from tests.conftest import GENEROUS  # sets the environment before boto3 reads it
from tests.support import quick_hashes
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.people.accounts import confirmed, sign_in
from tests.support.requests import PASSWORD, email_document
from tests.support.stack import Stack

ROUNDS = int(os.environ.get("ROUNDS") or 20)
NOBODY = "nobody@example.com"


def auc(few: list[float], many: list[float]) -> tuple[float, float]:
    """Return the AUC of two samples, and half of its interval."""
    pairs = [(a < b) + (a == b) / 2 for a in few for b in many]
    found, n = sum(pairs) / len(pairs), len(few)
    first, second = found / (2 - found), 2 * found**2 / (1 + found)
    spread = found * (1 - found) + (n - 1) * (first + second - 2 * found**2)
    return found, 1.96 * (spread**0.5) / n


def seconds(act: Callable[[], object]) -> float:
    """Return what an act takes."""
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        act()
    return time.perf_counter() - began


def compare(
    name: str, act: Callable[[str], object], emails: dict[str, str]
) -> Iterator[tuple[Cell, ...]]:
    """Find what the times of addresses tell, compared with those of an unknown one."""
    times: dict[str, list[float]] = {email: [] for email in (NOBODY, *emails.values())}
    for _ in range(ROUNDS):
        for email, taken in times.items():
            taken.append(seconds(partial(act, email)))
    for kind, email in emails.items():
        found, half = auc(times[NOBODY], times[email])
        told = "nothing" if abs(found - 0.5) <= half else "something"
        yield f"{name}, {kind}", told, f"{found:.2f} ± {half:.2f}", median(times[email])


def customer(cloud: Cloud, name: str, cost: int | None = None) -> str:
    """Return the address of a customer, with a bcrypt hash of a cost."""
    email = f"{name}@example.com"
    with contextlib.redirect_stdout(io.StringIO()):
        reference = confirmed(cloud, email)
    if cost:
        kept = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
        clients.dynamodb().update_item(
            TableName=cloud.customers_table,
            Key={"PK": {"S": f"CUSTOMER#{reference}"}, "SK": {"S": "CUSTOMER"}},
            UpdateExpression="SET password_hash = :hash",
            ExpressionAttributeValues={":hash": {"S": kept}},
        )
    return email


def ask(cloud: Cloud, kind: str, email: str) -> None:
    """Ask for a mail."""
    cloud.post_json(f"/{kind}", email_document(kind, email))


def hashes() -> Table:
    """Return what bcrypt costs, compared with the service's hash."""
    rows = []
    ours = median(seconds(lambda: passwords.hash_password(PASSWORD)) for _ in range(15))
    for cost in (10, max(passwords.BCRYPT_COSTS)):
        salt = bcrypt.gensalt(cost)
        theirs = median(seconds(partial(bcrypt.hashpw, b"x" * 12, salt)) for _ in range(5))
        rows.append((f"bcrypt {cost}", theirs / ours, theirs))
    return Table("Hashes", ("", "times ours", "seconds"), [*rows, ("argon2id (ours)", 1.0, ours)])


def tables() -> Iterator[Table]:
    """Compare addresses of each kind with an unknown one."""
    passwords._hasher = quick_hashes.REAL
    yield hashes()
    rows: list[tuple[Cell, ...]] = []
    with mock_aws():
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL, **GENEROUS}))
        cloud.watch()
        kinds = {"ours": customer(cloud, "known")} | {
            f"bcrypt {cost}": customer(cloud, f"bcrypt{cost}", cost) for cost in (4, 10, 12)
        }
        rows += compare("failed log-in", lambda email: sign_in(cloud, email, "wrong"), kinds)
        for kind in ("customer-confirmation-requests", "customer-forgotten-password"):
            rows += compare(kind, partial(ask, cloud, kind), {"known": kinds["ours"]})
    told = "An AUC of 0.5 tells nothing: beyond its interval (95 %) it tells something."
    yield Table("What a time tells of an address", ("", "tells", "AUC", "seconds"), rows, told)
