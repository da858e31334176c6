"""The schedule sends the mails that the stream missed, in order, at the account's rate."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.domain.customers import Origin
from tests.conftest import MakeCloud
from tests.support.clock import later, standing
from tests.support.cloud import Call, Cloud, Killed, a_quota
from tests.support.mail.mailing import (
    Failing,
    promise,
    refusal,
    sent_to,
    sign_up,
    sweep_later,
    unsent,
)
from tests.support.stack import ROOT

MANY = [f"customer{n}" for n in range(12)]
IMPORTED = [f"row{n}" for n in range(6)]
REST = timedelta(minutes=6)


def ses_calls(cloud: Cloud) -> int:
    return sum(call.operation == "SendEmail" for call in cloud.calls)


def figures(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_the_sweep_leaves_young_mails_to_the_stream(cloud: Cloud) -> None:
    sign_up(cloud)

    assert cloud.sweep() == {"tried": 0, "accepted": 0, "left": 0}
    assert cloud.mails == []


def test_the_sweep_sends_what_the_stream_lost_oldest_first(cloud: Cloud) -> None:
    emails = [f"customer{n}@example.com" for n in range(5)]
    sign_up(cloud, *emails)

    assert sweep_later(cloud) == {"tried": 5, "accepted": 5, "left": 0}

    assert sent_to(cloud) == emails
    assert unsent(cloud) == []
    cloud.drain()
    assert len(cloud.mails) == 5


def test_the_sweep_stops_before_its_time_is_over(cloud: Cloud, monkeypatch: Any) -> None:
    promise(cloud, "ada", "ben")
    monkeypatch.setattr("tests.support.cloud.Context.remaining_ms", 5_000)

    assert sweep_later(cloud) == {"tried": 0, "accepted": 0, "left": 2}


def test_the_sweep_stops_before_the_next_one_starts(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SweepMinutes="2")
    cloud.account = a_quota(per_second=0.2)
    promise(cloud, *MANY, *(f"more{n}" for n in range(20)))
    with standing(REST):
        began = datetime.now(UTC)
        answer = cloud.sweep()

        assert timedelta(seconds=80) < datetime.now(UTC) - began < timedelta(seconds=120)
    assert answer["tried"] + answer["left"] == 32


def test_mail_that_people_wait_for_goes_before_the_imports(cloud: Cloud) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    promise(cloud, "ada", "ben")

    sweep_later(cloud)

    assert sent_to(cloud)[:2] == ["ada@example.com", "ben@example.com"]
    assert len(cloud.mails) == 8
    assert unsent(cloud) == []


def test_people_go_first_on_the_stream_too(cloud: Cloud) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    promise(cloud, "ada")

    cloud.drain()

    assert sent_to(cloud)[0] == "ada@example.com"
    assert len(cloud.mails) == 7


def test_a_small_imports_mails_go_at_once(cloud: Cloud) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)

    cloud.drain()

    assert len(cloud.mails) == 6
    assert unsent(cloud) == []


def test_an_import_gives_way_on_the_stream_as_soon_as_ses_has_enough(cloud: Cloud) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    cloud.on_call = Failing("SendEmail", always=refusal("TooManyRequestsException"))

    cloud.drain()

    assert ses_calls(cloud) == 3
    assert len(unsent(cloud)) == 6
    assert cloud.sources.given_up == []
    cloud.on_call = None
    sweep_later(cloud)
    assert len(cloud.mails) == 6


def test_an_imported_customer_who_asks_for_a_new_link_waits_like_anybody(cloud: Cloud) -> None:
    promise(cloud, "imported", origin=Origin.IMPORT)
    sign_up(cloud, "imported@example.com")

    _, renewed = sorted(unsent(cloud), key=lambda mail: mail["promised_at"])

    assert "lane" not in renewed
    assert renewed["waiting"].startswith("WAITING#people#")


def test_mails_keep_the_distance_that_the_accounts_rate_asks_for(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=2)
    promise(cloud, *MANY)
    with standing(REST):
        began = datetime.now(UTC)
        cloud.sweep()
        took = (datetime.now(UTC) - began).total_seconds()

    assert len(cloud.mails) == 12
    assert took == pytest.approx(11 / 2, abs=1)


def test_imports_leave_a_part_of_the_rate_to_people(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=1)
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    with standing(REST):
        began = datetime.now(UTC)
        cloud.sweep()
        took = (datetime.now(UTC) - began).total_seconds()

    assert took == pytest.approx(5 / 0.8, abs=1)


def test_a_throttled_sender_goes_slower_and_gathers_speed_again(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=10)
    cloud.on_call = Failing("SendEmail", *[refusal("TooManyRequestsException")] * 3)
    promise(cloud, *MANY)

    # Only pauses take time, because a slow machine must not shorten them.
    with standing(REST):
        cloud.sweep()

    distances = [pause for pause in cloud.pauses if pause not in (0.25, 0.5, 1.0)]
    assert distances[0] > 0.5
    assert distances == sorted(distances, reverse=True)
    assert len(cloud.mails) == 12


def test_of_the_days_quota_a_part_is_kept_for_people(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=1000, per_day=100, sent=88)
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    sweep_later(cloud)
    assert len(cloud.mails) == 2

    cloud.account = a_quota(per_second=1000, per_day=100, sent=90)
    promise(cloud, "ada", "ben")
    cloud.drain()

    assert sent_to(cloud)[2:] == ["ada@example.com", "ben@example.com"]
    assert len(unsent(cloud)) == 4


def test_with_the_days_quota_used_up_nothing_is_even_tried(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=1000, per_day=100, sent=98)
    promise(cloud, *MANY)

    sweep_later(cloud)

    # The first one does not read the quota, like any single mail.
    assert ses_calls(cloud) == 3 == len(cloud.mails)
    assert len(unsent(cloud)) == 9
    assert not any("held_by" in mail for mail in unsent(cloud))


@pytest.mark.parametrize(
    "paused", [{"SendingEnabled": False}, {"EnforcementStatus": "SHUTDOWN"}], ids=str
)
def test_a_paused_account_is_left_alone(cloud: Cloud, paused: dict[str, Any]) -> None:
    cloud.account = a_quota(per_second=1000, **paused)
    cloud.on_call = Failing("SendEmail", always=refusal("SendingPausedException"))
    promise(cloud, *MANY)

    cloud.drain()
    sweep_later(cloud)

    assert ses_calls(cloud) <= 2
    assert len(unsent(cloud)) == 12
    assert cloud.sources.given_up == []
    cloud.account, cloud.on_call = a_quota(per_second=1000), None
    sweep_later(cloud, timedelta(minutes=12))
    assert len(cloud.mails) == 12


def test_an_error_of_the_account_ends_a_run_at_once(cloud: Cloud) -> None:
    paused = Failing("SendEmail", always=refusal("SendingPausedException"))
    promise(cloud, *MANY)
    cloud.on_call = paused

    sweep_later(cloud)

    assert ses_calls(cloud) == 1


def test_an_account_without_end_sends_without_end(cloud: Cloud) -> None:
    cloud.account = a_quota(per_second=1000, per_day=-1, sent=10**9)
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)

    sweep_later(cloud)

    assert len(cloud.mails) == 6


def test_an_unknown_quota_stops_no_mail(cloud: Cloud) -> None:
    cloud.on_call = Failing("GetAccount", always=refusal("AccessDeniedException"))
    promise(cloud, *MANY)

    cloud.drain()

    assert len(cloud.mails) == 12
    assert cloud.pauses == []


def test_an_imports_mails_drain_over_days_within_the_quota(cloud: Cloud) -> None:
    """Thirty mails, with a quota of ten a day and nine for imports: it takes four days."""
    promise(cloud, *(f"row{n}" for n in range(30)), origin=Origin.IMPORT)
    a_day, sent = [], []
    with later(REST) as clock:
        for _ in range(4):
            cloud.account = a_quota(per_second=1000, per_day=10, sent=0)
            for _ in range(3):
                before = len(cloud.mails)
                cloud.sweep()
                cloud.account["SendQuota"]["SentLast24Hours"] += len(cloud.mails) - before
                clock.shift(timedelta(minutes=5))
            sent.append(len(cloud.mails))
            promise(cloud, f"person{len(sent)}")
            cloud.drain()
            a_day.append(sent_to(cloud)[-1])
            clock.shift(timedelta(days=1))

    assert sent == [9, 19, 29, 33]
    assert a_day == [f"person{n}@example.com" for n in (1, 2, 3, 4)]
    assert unsent(cloud) == []


def test_the_sweep_reads_no_further_than_it_sends(cloud: Cloud, monkeypatch: Any) -> None:
    monkeypatch.setattr("registration.adapters.mail.outbox._PAGE", 1)
    cloud.account = a_quota(per_second=1000, per_day=5, sent=0)
    promise(cloud, *MANY)
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    cloud.calls.clear()

    sweep_later(cloud)

    assert not [call for call in cloud.calls if call.operation == "Scan"]


def test_a_mail_that_kills_its_senders_does_not_block_others(cloud: Cloud) -> None:
    """The oldest mail kills each process that tries it; the others are sent all the same."""
    promise(cloud, "killer", *MANY)

    def kill(call: Any) -> None:
        if call.operation == "SendEmail" and "killer" in str(call.parameters["Destination"]):
            raise Killed

    cloud.on_call = kill
    began, killed = datetime.now(UTC), []
    for sweep in range(1, 30):
        cloud.forget_processes()
        try:
            sweep_later(cloud, timedelta(minutes=5 * sweep + 1))
        except Killed:
            killed.append(sweep)

    assert datetime.now(UTC) - began < timedelta(minutes=1)
    assert len(cloud.mails) == 12
    assert len(killed) < 12
    assert killed[-1] - killed[-2] > killed[1] - killed[0]


def test_the_age_of_the_oldest_mail_that_people_wait_for_is_told(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    with later(timedelta(hours=1)):
        promise(cloud, "ada", "ben")
    cloud.on_call = Failing("SendEmail", always=refusal("SendingPausedException"))
    capsys.readouterr()

    sweep_later(cloud, timedelta(hours=3))

    told = figures(capsys.readouterr().out)
    assert told["OldestMailAge"][0] == pytest.approx(7200, abs=60)
    assert told["MailsWaiting"] == [2.0]


def test_with_nothing_waiting_the_oldest_mail_has_no_age(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    promise(cloud, *IMPORTED, origin=Origin.IMPORT)
    capsys.readouterr()

    cloud.sweep()

    told = figures(capsys.readouterr().out)
    assert (told["OldestMailAge"], told["MailsWaiting"]) == ([0.0], [0.0])


def test_a_sweep_that_is_invoked_hours_late_and_twice_sends_each_mail_once(cloud: Cloud) -> None:
    """Lambda keeps events for hours if it has no capacity for them."""
    promise(cloud, "a", "b")
    event = json.loads((ROOT / "events" / "send_email_sweep.json").read_text())
    others: list[Any] = []

    def sweep_beside_it(call: Call) -> None:
        if call.operation == "SendEmail" and not others:
            others.append(None)
            others.append(cloud.invoke("SendEmailFunction", event))

    with later(timedelta(hours=6)):
        cloud.on_call = sweep_beside_it
        first = cloud.invoke("SendEmailFunction", event)
        again = cloud.invoke("SendEmailFunction", event)

    assert sorted(sent_to(cloud)) == ["a@example.com", "b@example.com"]
    assert [first["accepted"], others[1]["accepted"], again["accepted"]] == [1, 1, 0]
    assert unsent(cloud) == []
