"""From the upload to the reports, in memory: outcomes, repetitions, reports."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from registration.application.imports.close import Unbalanced
from registration.application.imports.plan import Planned
from registration.application.imports.ports import Batch, BatchTaken, TryLater
from registration.application.imports.process_chunk import Worked
from registration.domain.customers import Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.imports.jobs import DEAD_AFTER, Counts, JobStatus, import_id, row_id
from registration.domain.mail.mails import MailKind, confirmation_mail
from tests.support.factories import LIFETIME, NOW, a_customer
from tests.support.imports.files import BCRYPT, COLUMNS, World, a_file, a_row, read_report

LONG_AGO = NOW - timedelta(days=40)


def known(world: World, **overrides: object) -> None:
    customer = a_customer(**overrides)
    created_at = customer.created_at
    world.rows.customers.register(customer, confirmation_mail(customer, created_at), created_at)


def test_a_good_row_becomes_an_unverified_customer_with_a_mail_on_its_way() -> None:
    world = World()

    job = world.run(a_file(a_row(1)))

    assert job.status is JobStatus.CLOSED
    assert job.counts == Counts(created=1)
    (customer,) = world.rows.customers.customers.values()
    assert customer.reference == f"DE--{row_id(job.import_id, 2, 'reference')}"
    assert customer.status is Status.UNVERIFIED
    assert customer.consent.origin is Origin.IMPORT
    assert customer.consent.terms_version is None
    assert customer.expires_at == NOW + LIFETIME
    (mail,) = world.rows.customers.outbox.mails.values()
    assert mail.kind is MailKind.CONFIRM_AND_CHOOSE_PASSWORD
    assert mail.to == "customer-1@example.com"
    assert mail.locale == "de_DE"


def test_a_ready_hash_is_kept_and_its_owner_need_not_choose_a_password() -> None:
    world = World()

    world.run(a_file(a_row(1, password=BCRYPT)))

    (customer,) = world.rows.customers.customers.values()
    assert customer.password_hash == BCRYPT
    (mail,) = world.rows.customers.outbox.mails.values()
    assert mail.kind is MailKind.CONFIRM_REGISTRATION


def test_a_customer_with_an_impossible_hash_chooses_a_password() -> None:
    world = World()

    world.run(a_file(a_row(1, password="$2y$10$" + "z" * 53)))

    (customer,) = world.rows.customers.customers.values()
    assert customer.password_hash is None
    (mail,) = world.rows.customers.outbox.mails.values()
    assert mail.kind is MailKind.CONFIRM_AND_CHOOSE_PASSWORD


def test_a_company_on_two_lines_is_one_name() -> None:
    world = World()

    world.run(a_file(a_row(1, company="Lovelace \r\nand Sons,\n Ltd")))

    (customer,) = world.rows.customers.customers.values()
    assert customer.profile.company == "Lovelace and Sons, Ltd"


def test_a_formula_that_keeps_a_text_a_text_is_read_as_the_text() -> None:
    world = World()

    world.run(a_file(a_row(1, phone='="0301234"', first_name='="Ada"')))

    (customer,) = world.rows.customers.customers.values()
    assert (customer.profile.phone, customer.profile.first_name) == ("0301234", "Ada")


def test_a_given_reference_is_kept_and_never_answers_a_sign_up() -> None:
    world = World()

    job = world.run(a_file(a_row(1, customer_reference="DE--21")))

    claim = world.rows.customers.claims["customer-1@example.com"]
    assert claim.reference == "DE--21"
    assert claim.alias == f"DE--{row_id(job.import_id, 2, 'reference')}"


def test_a_customer_registered_elsewhere_confirms_again() -> None:
    world = World()

    world.run(a_file(a_row(1, registered="2019-01-31")))

    (imported,) = world.rows.imported_customers.values()
    assert imported.customer.imported
    assert imported.customer.imported.registered == "2019-01-31"
    assert not imported.customer.is_verified
    assert imported.mail


def test_a_trusted_registration_needs_no_mail() -> None:
    world = World(trust_registered_column=True)

    world.run(a_file(a_row(1, registered="2019-01-31"), a_row(2)))

    first, second = world.rows.imported_customers.values()
    assert first.customer.is_verified
    assert first.customer.expires_at is None
    assert first.customer.consent.confirmed
    assert first.customer.consent.confirmed.at.date().isoformat() == "2019-01-31"
    assert first.customer.updated_at == NOW
    assert first.mail is None
    assert world.rows.customers.claims["customer-1@example.com"].verified
    assert not second.customer.is_verified
    assert second.mail


def test_each_row_becomes_one_thing_and_the_reports_say_which() -> None:
    world = World(rows_per_chunk=2)
    known(world, email=EmailAddress("customer-4@example.com"))

    job = world.run(
        a_file(
            a_row(1),
            a_row(2, gender="?"),
            a_row(1, email="Customer-1@example.com"),
            a_row(4),
            a_row(5, customer_reference="DE--Aa1Bb2Cc3Dd4Ee5F"),
        )
    )

    assert job.counts == Counts(created=1, exists=2, duplicate=1, rejected=1)
    assert job.rows == 5
    assert [(row["line"], row["column"]) for row in world.failed()] == [("3", "gender")]
    assert [tuple(row.values()) for row in world.skipped()] == [
        ("4", "duplicate", "email", "Line 2 has the same address."),
        ("5", "exists", "email", "A customer with this address exists already."),
        ("6", "exists", "customer_reference", "A customer with this reference exists already."),
    ]
    summary = world.summary()
    assert summary["status"] == "closed"
    assert summary["file"] == "customer.csv"
    assert summary["import_id"] == job.import_id
    assert (summary["rows"], summary["created"], summary["exists"]) == (5, 1, 2)
    assert (summary["duplicate"], summary["rejected"]) == (1, 1)
    assert summary["started_at"] == NOW.isoformat()
    assert summary["duration_seconds"] == 0


def test_expired_customers_own_nothing() -> None:
    world = World()
    lapsed = {"created_at": LONG_AGO, "expires_at": LONG_AGO + LIFETIME}
    known(world, email=EmailAddress("customer-1@example.com"), reference="DE--1", **lapsed)

    job = world.run(a_file(a_row(1), a_row(2, customer_reference="DE--1")))

    assert job.counts == Counts(created=2)


def test_a_file_with_a_header_only_is_closed_with_no_rows() -> None:
    world = World()

    job = world.run(a_file())

    assert (job.status, job.rows, job.chunks) == (JobStatus.CLOSED, 0, 0)
    assert world.failed() == []
    assert world.summary()["rows"] == 0


def test_corrected_rows_are_imported_and_no_others() -> None:
    world = World()
    columns = ["Shoe Size", *reversed(COLUMNS)]
    bad = a_row(2, gender="?", phone="+49 30 1", first_name="=Ada", company="'-1") | {
        "Shoe Size": "@9"
    }
    world.run(a_file(a_row(1), bad, columns=columns, delimiter=";"))
    report = world.reports.reports["reports/customer.csv/failed.csv"]

    lines = report.decode("utf-8-sig").splitlines()
    assert lines[0] == ";".join([*columns, "line", "column", "reason"])
    assert "'+49 30 1" in lines[1]
    assert "'=Ada" in lines[1]

    mended = report.replace(b";?;", b";Female;")
    job = world.run(mended, "mended.csv")

    assert job.counts == Counts(created=1)
    assert world.summary("mended.csv")["unknown_columns"] == ["Shoe Size"]
    profile = world.rows.customers.customers[f"DE--{row_id(job.import_id, 2, 'reference')}"].profile
    assert (profile.phone, profile.first_name, profile.company) == ("+49 30 1", "=Ada", "-1")


def test_failed_rows_dropped_again_as_they_are_come_back_the_same() -> None:
    world = World()
    world.run(a_file(a_row(1, gender="?", phone="+1"), a_row(2, phone="''=1", email="x")))
    report = world.reports.reports["reports/customer.csv/failed.csv"]

    job = world.run(report, "again.csv")

    again = world.reports.reports["reports/again.csv/failed.csv"]
    assert job.counts == Counts(rejected=2)
    assert again == report


def test_lines_that_cannot_be_cut_into_cells_come_back_with_all_they_hold() -> None:
    world = World()
    names = [name for name in COLUMNS if name != "password"]
    content = f'{",".join(names)}\n1,2,3\n,,,a"b@example.com,{"x," * len(names)}end\n'

    world.run(content.encode())

    few, many = world.failed()
    told = f"The line has 3 cells where the header has {len(names)}."
    assert few["reason"].startswith(told)
    assert (few["customer_reference"], few["phone"], few["email"]) == ("'1", "'3", "")
    assert many["email"] == 'a"b@example.com'
    assert many[names[-1]] == "x,x,x,x,x,end"
    assert many["line"] == "3"


def test_a_utf16_file_comes_back_as_utf16() -> None:
    world = World()

    world.run(a_file(a_row(1, gender="ö"), delimiter="\t", encoding="utf-16"))

    report = world.reports.reports["reports/customer.csv/failed.csv"]
    (row,) = read_report(report, "utf-16", "\t")
    assert row["gender"] == "ö"


def test_the_same_event_twice_is_one_import() -> None:
    world = World(rows_per_chunk=1)
    upload = world.drop(a_file(a_row(1), a_row(2)))

    assert world.plan(upload) is Planned.HANDED_OUT
    assert world.plan(upload) is Planned.DONE_BEFORE
    assert len(world.queue.chunks) == 2
    world.work()
    assert world.plan(upload) is Planned.DONE_BEFORE
    assert world.job(upload).counts == Counts(created=2)


def test_a_planner_that_died_while_sending_is_continued() -> None:
    world = World(rows_per_chunk=1)
    upload = world.drop(a_file(a_row(1), a_row(2), a_row(3)))
    world.plan(upload)
    job = world.job(upload)
    world.jobs.jobs[job.import_id] = replace(job, handed_out=False)
    sent = world.queue.chunks[:1]
    world.queue.chunks = list(sent)
    world.work()

    assert world.plan(upload) is Planned.HANDED_OUT

    assert world.work() == [Worked.DONE_BEFORE, Worked.DONE, Worked.DONE]
    assert world.job(upload).counts == Counts(created=3)
    assert world.job(upload).status is JobStatus.CLOSED


def test_a_planner_that_comes_again_makes_the_plan_of_the_first() -> None:
    world = World(rows_per_chunk=2)
    upload = world.drop(a_file(*[a_row(n) for n in range(4)]))
    world.plan(upload)
    chunks = list(world.queue.chunks)
    job = world.job(upload)
    world.jobs.jobs[job.import_id] = replace(job, handed_out=False)
    world.rows_per_chunk = 1
    world.now = NOW + timedelta(days=1)

    world.plan(upload)

    assert world.queue.chunks == [*chunks, *chunks]


def test_the_same_bytes_under_another_name_are_not_imported_again() -> None:
    world = World()
    content = a_file(a_row(1))
    world.run(content, "first.csv")

    job = world.run(content, "second.csv")

    assert job.status is JobStatus.REPEATED
    assert world.summary("second.csv")["reason"] == "already imported as first.csv"
    assert world.summary("second.csv")["rows"] == 0
    assert len(world.rows.customers.customers) == 1


def test_the_same_bytes_while_the_first_are_at_work_are_not_imported_either() -> None:
    world = World()
    content = a_file(a_row(1))
    world.plan(world.drop(content, "first.csv"))

    assert world.plan(world.drop(content, "second.csv")) is Planned.REPEATED


def test_the_same_bytes_are_imported_again_when_the_first_import_is_dead() -> None:
    world = World(rows_per_chunk=1)
    content = a_file(a_row(1), a_row(2))
    world.plan(world.drop(content, "first.csv"))
    world.worker(world.queue.chunks[0])
    world.queue.chunks.clear()
    world.now = NOW + DEAD_AFTER

    job = world.run(content, "second.csv")

    assert job.counts == Counts(created=1, exists=1)
    third = world.run(content, "third.csv")
    assert third.reason == "already imported as second.csv"


def test_a_dry_run_reports_the_outcome_and_writes_nothing() -> None:
    world = World()
    known(world, email=EmailAddress("customer-2@example.com"))
    before = dict(world.rows.customers.customers)
    content = a_file(a_row(1), a_row(2), a_row(1), a_row(3, email=""))

    job = world.run(content, "dry-run/customer.csv")

    assert job.dry_run
    assert job.status is JobStatus.CLOSED
    assert job.counts == Counts(created=1, exists=1, duplicate=1, rejected=1)
    assert world.summary("dry-run/customer.csv")["dry_run"] is True
    assert len(world.failed("dry-run/customer.csv")) == 1
    assert world.rows.customers.customers == before
    assert not world.rows.batches

    assert world.run(content).counts == job.counts


def test_a_file_that_is_gone_is_refused() -> None:
    world = World()
    upload = world.drop(b"")
    world.uploads.files.clear()

    assert world.plan(upload) is Planned.REFUSED
    assert "Drop it again" in world.summary()["reason"]


def test_a_refused_file_can_be_dropped_again() -> None:
    world = World()
    world.run(b"nonsense", version="v1")

    assert world.run(b"nonsense", version="v2").status is JobStatus.REFUSED


def test_a_redelivered_chunk_changes_nothing() -> None:
    world = World(rows_per_chunk=2)
    upload = world.drop(a_file(a_row(1), a_row(2), a_row(3)))
    world.plan(upload)
    chunks = list(world.queue.chunks)
    world.work()
    state = world.job(upload), dict(world.rows.customers.customers)
    # Even if the customers are gone by then.
    world.rows.customers.claims.clear()

    assert [world.worker(chunk)[0] for chunk in chunks] == [Worked.DONE_BEFORE] * 2

    assert state == (world.job(upload), world.rows.customers.customers)


def test_a_chunk_of_a_forgotten_job_is_left_alone() -> None:
    world = World()
    world.plan(world.drop(a_file(a_row(1))))
    world.jobs.jobs.clear()

    assert world.work() == [Worked.NO_SUCH_JOB]


def test_rows_lost_to_a_sign_up_at_this_moment_exist_and_the_others_fill_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(rows_per_transaction=3)
    write = world.rows.write
    sizes: list[int] = []

    def sign_up_first(batch: Batch) -> None:
        if not sizes:
            known(world, email=EmailAddress("customer-2@example.com"))
        sizes.append(len(batch.imported_customers))
        write(batch)

    monkeypatch.setattr(world.rows, "write", sign_up_first)

    job = world.run(a_file(*[a_row(n) for n in range(1, 7)]))

    assert job.counts == Counts(created=5, exists=1)
    assert sizes == [3, 3, 2]


def test_two_deliveries_at_once_count_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(rows_per_transaction=2)
    upload = world.drop(a_file(*[a_row(n) for n in range(5)]))
    world.plan(upload)
    write = world.rows.write
    overtaken = False

    def overtake(batch: Batch) -> None:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            write(batch)
            raise BatchTaken
        write(batch)

    monkeypatch.setattr(world.rows, "write", overtake)
    world.work()

    assert world.job(upload).counts == Counts(created=5)


def test_throttled_writes_are_retried_after_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    write = world.rows.write
    hindered = iter([True, True, False])

    def hinder(batch: Batch) -> None:
        if next(hindered):
            raise TryLater
        write(batch)

    monkeypatch.setattr(world.rows, "write", hinder)

    assert world.run(a_file(a_row(1))).counts == Counts(created=1)
    assert len(world.pauses) == 2
    assert 0 < world.pauses[0] < world.pauses[1] < 1


def test_a_permanently_throttled_chunk_is_left_to_the_next_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()

    def hinder(_batch: Batch) -> None:
        raise TryLater

    monkeypatch.setattr(world.rows, "write", hinder)
    upload = world.drop(a_file(a_row(1)))
    world.plan(upload)

    with pytest.raises(TryLater):
        world.work()

    assert world.job(upload).status is JobStatus.WORKING
    assert 100 < sum(world.pauses) <= world.seconds
    assert max(world.pauses) <= 3


def test_rows_that_do_not_add_up_are_an_error_and_the_job_stays_open() -> None:
    world = World()
    upload = world.drop(a_file(a_row(1)))
    world.plan(upload)
    job = world.job(upload)
    world.jobs.jobs[job.import_id] = replace(job, rows=2)

    with pytest.raises(Unbalanced):
        world.work()

    assert world.job(upload).status is JobStatus.WORKING


def test_a_chunk_that_reads_otherwise_than_planned_writes_nothing() -> None:
    world = World(rows_per_chunk=2)
    world.plan(world.drop(a_file(a_row(1), a_row(2))))
    chunk = replace(world.queue.chunks[0], end=world.queue.chunks[0].end - 80)
    chunk = replace(chunk, start=chunk.start - 100)

    with pytest.raises(Unbalanced):
        world.worker(chunk)

    assert not world.rows.customers.customers


def test_reports_hold_no_address_where_none_is_needed() -> None:
    world = World()
    world.run(a_file(a_row(1), a_row(1), a_row(2, gender="?")))

    stored = json.dumps([list(result.not_created) for result in world.jobs.done.values()])
    assert "example.com" not in stored
    assert b"example.com" not in world.reports.reports["reports/customer.csv/skipped.csv"]
    assert b"example.com" not in world.reports.reports["reports/customer.csv/summary.json"]


def test_ids_are_the_same_each_time_and_fit_where_they_go() -> None:
    one = import_id("bucket", "customer.csv", "v1")

    assert one == import_id("bucket", "customer.csv", "v1")
    assert one != import_id("bucket", "customer.csv", "v2")
    assert len(one) <= 40
    assert one.isalnum()
    assert len(row_id(one, 2, "token")) == 16
    assert row_id(one, 2, "token") != row_id(one, 3, "token") != row_id(one, 3, "reference")
