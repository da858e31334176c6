"""The ports ``Staff`` and ``StaffSessions``: the fake and DynamoDB obey the same rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.staff.members import DynamoDBStaff, DynamoDBStaffSessions
from registration.application.mail.ports import Outbox
from registration.application.ports import Conflict
from registration.application.staff.ports import Staff, StaffSessions
from registration.domain.mail.mails import staff_invitation_mail
from registration.domain.staff.members import Role, StaffMember
from tests.fakes.staff import FakeStaff
from tests.support.busy import CONTENDED, Once
from tests.support.cloud import Cloud
from tests.support.factories import NOW, PASSWORD_HASH
from tests.support.people.staff import LIFETIME, a_member, a_staff_session, an_invited_member

LATER = NOW + timedelta(hours=1)
Ports = tuple[Staff, StaffSessions, Outbox]


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "fake":
        fake = FakeStaff()
        return fake, fake, fake.outbox
    cloud: Cloud = request.getfixturevalue("cloud")
    return (
        DynamoDBStaff(cloud.customers_table, cloud.outbox_table),
        DynamoDBStaffSessions(cloud.customers_table),
        DynamoDBOutbox(cloud.outbox_table),
    )


@pytest.fixture
def staff(ports: Ports) -> Staff:
    return ports[0]


@pytest.fixture
def sessions(ports: Ports) -> StaffSessions:
    return ports[1]


@pytest.fixture
def outbox(ports: Ports) -> Outbox:
    return ports[2]


def invite(staff: Staff, member: StaffMember, seen: StaffMember | None = None) -> None:
    staff.invite(member, seen, staff_invitation_mail(member, str(member.token_id), NOW))


def accepted(member: StaffMember, generation: str = "generation-accept") -> StaffMember:
    return member.choose_password(PASSWORD_HASH, generation=generation, now=LATER)


def invited_again(member: StaffMember, token_id: str) -> StaffMember:
    return member.invite_again(
        Role.EDITOR, None, token_id=token_id, generation="generation-again", now=LATER
    )


@pytest.mark.parametrize("name", [None, "Ada Lovelace"])
def test_an_invited_member_is_found_and_the_mail_promised(
    staff: Staff, outbox: Outbox, name: str | None
) -> None:
    member = an_invited_member(name=name)

    invite(staff, member)

    assert staff.get(member.staff_id) == member
    assert outbox.get("invitation-00001") == staff_invitation_mail(member, "invitation-00001", NOW)
    assert staff.get("somebody-else") is None


def test_two_invitations_at_once_leave_the_first(staff: Staff, outbox: Outbox) -> None:
    invite(staff, an_invited_member())

    with pytest.raises(Conflict):
        invite(staff, an_invited_member(token_id="invitation-00002", generation="other"))

    assert staff.get(an_invited_member().staff_id) == an_invited_member()
    assert outbox.get("invitation-00002") is None


def test_inviting_again_replaces_only_the_member_that_was_read(
    staff: Staff, outbox: Outbox
) -> None:
    first = an_invited_member()
    invite(staff, first)
    second = invited_again(first, "invitation-00002")

    invite(staff, second, seen=first)

    assert staff.get(first.staff_id) == second
    assert outbox.get("invitation-00002")
    with pytest.raises(Conflict):
        invite(staff, invited_again(first, "invitation-00003"), seen=first)
    with pytest.raises(Conflict):
        staff.save(accepted(first), first)
    assert staff.get(first.staff_id) == second


def test_a_member_who_signed_out_everywhere_meanwhile_is_read_again(staff: Staff) -> None:
    invite(staff, an_invited_member())
    seen = accepted(an_invited_member())
    staff.save(seen, an_invited_member())
    staff.save(seen.end_sessions(generation="generation-out", now=LATER), seen)

    with pytest.raises(Conflict):
        invite(staff, invited_again(seen, "invitation-00002"), seen=seen)


def test_a_write_that_was_done_already_succeeds(staff: Staff) -> None:
    invite(staff, an_invited_member())
    invite(staff, an_invited_member())
    staff.save(accepted(an_invited_member()), an_invited_member())

    staff.save(accepted(an_invited_member()), an_invited_member())

    assert staff.get(an_invited_member().staff_id) == accepted(an_invited_member())


def test_an_invitation_is_accepted_once_with_its_session(
    staff: Staff, sessions: StaffSessions
) -> None:
    invited = an_invited_member()
    invite(staff, invited)
    token, session = a_staff_session()

    staff.save(accepted(invited), invited, session)

    found = sessions.with_member(invited.staff_id, token.session_id)
    assert found == (session, accepted(invited))
    with pytest.raises(Conflict):
        staff.save(accepted(invited, "generation-other"), invited)


def test_a_member_who_was_removed_cannot_be_saved(staff: Staff) -> None:
    invite(staff, an_invited_member())
    staff.remove(an_invited_member())

    with pytest.raises(Conflict):
        staff.save(accepted(an_invited_member()), an_invited_member())

    assert staff.get(an_invited_member().staff_id) is None


def test_removing_forgets_the_invitation_that_was_not_sent(staff: Staff, outbox: Outbox) -> None:
    invite(staff, an_invited_member())

    staff.remove(an_invited_member())
    staff.remove(a_member())

    assert staff.get(an_invited_member().staff_id) is None
    assert outbox.get("invitation-00001") is None


def test_a_session_is_there_until_it_is_ended(sessions: StaffSessions) -> None:
    token, session = a_staff_session()

    sessions.begin(session)

    assert sessions.with_member(session.staff_id, token.session_id) == (session, None)
    sessions.end(session.staff_id, token.session_id)
    assert sessions.with_member(session.staff_id, token.session_id) == (None, None)
    sessions.end(session.staff_id, token.session_id)


def test_a_session_that_was_ended_is_not_brought_back(sessions: StaffSessions) -> None:
    _, session = a_staff_session()
    sessions.begin(session)

    sessions.note(session.seen(LATER))

    noted = replace(session, seen_at=LATER)
    assert sessions.with_member(session.staff_id, session.session_id)[0] == noted
    sessions.end(session.staff_id, session.session_id)
    with pytest.raises(Conflict):
        sessions.note(session.seen(LATER))
    assert sessions.with_member(session.staff_id, session.session_id)[0] is None


# DynamoDB alone


def test_each_operation_of_a_request_is_one_call(cloud: Cloud) -> None:
    staff = DynamoDBStaff(cloud.customers_table, cloud.outbox_table)
    sessions = DynamoDBStaffSessions(cloud.customers_table)
    _, session = a_staff_session()

    invite(staff, an_invited_member())
    sessions.begin(session)
    sessions.with_member(session.staff_id, session.session_id)
    sessions.note(session)

    told = [call.operation for call in cloud.calls]
    assert told == ["TransactWriteItems", "BatchWriteItem", "BatchGetItem", "UpdateItem"]
    (read,) = cloud.calls[2].parameters["RequestItems"].values()
    assert read["ConsistentRead"] is True


def test_a_session_expires_after_its_idle_time(cloud: Cloud) -> None:
    sessions = DynamoDBStaffSessions(cloud.customers_table)
    _, session = a_staff_session()
    sessions.begin(session)

    def runs_out() -> int:
        (item,) = cloud.items(cloud.customers_table, "staff_session")
        return int(item["expires_at"])

    assert runs_out() == int((NOW + timedelta(hours=2)).timestamp())
    sessions.note(session.seen(NOW + timedelta(hours=11)))
    assert runs_out() == int((NOW + LIFETIME).timestamp())


def test_no_table_holds_the_secret_of_a_session(cloud: Cloud) -> None:
    token, session = a_staff_session()

    DynamoDBStaffSessions(cloud.customers_table).begin(session)

    assert token.secret not in str(cloud.state())


def test_an_answer_that_was_lost_is_no_other_write(cloud: Cloud) -> None:
    staff = DynamoDBStaff(cloud.customers_table, cloud.outbox_table)
    invite(staff, an_invited_member())

    cloud.on_call = Once(CONTENDED["in conflict"])

    invite(staff, an_invited_member())
    staff.remove(an_invited_member())
