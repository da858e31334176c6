"""Inviting staff, choosing a password, signing in and out."""

from datetime import datetime, timedelta

import pytest

from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    AuthenticationFailed,
    Busy,
    LinkExpired,
    LinkReplaced,
    LinkWrong,
    PasswordCommon,
    PasswordsDiffer,
    PasswordTooShort,
    TooManyAttempts,
)
from registration.domain.links import LinkSigner, Purpose
from registration.domain.mail.mails import MailKind
from registration.domain.passwords import password_matches
from registration.domain.rate_limits import Client
from registration.domain.staff.members import Role, StaffMember, staff_id_of
from registration.domain.staff.sessions import IDLE, NOTED_EVERY, StaffSession
from tests.support.factories import NOW, PASSWORD
from tests.support.people.staff import (
    ADDRESS,
    CLIENT,
    LIFETIME,
    BackOffice,
    a_member,
    an_invited_member,
)

OTHER_PASSWORD = "granite lantern swim"


def signed_in(office: BackOffice) -> str:
    kept, _ = office.sign_in.by_password("ada@shop.example", PASSWORD, Client(CLIENT))
    return str(kept)


# Inviting


def test_an_invitation_promises_a_mail_with_a_link_of_its_own_kind() -> None:
    office = BackOffice()

    expires_at = office.invite(ADDRESS, Role.VIEWER, "Ada Lovelace")

    (mail,) = office.staff.outbox.mails.values()
    assert expires_at == NOW + timedelta(hours=48)
    assert (mail.kind, mail.purpose) == (MailKind.STAFF_INVITATION, Purpose.INVITE_STAFF)
    assert (mail.to, mail.first_name) == ("Ada@shop.example", "Ada Lovelace")
    assert (mail.reference, mail.token_id) == (office.member.staff_id, office.member.token_id)
    assert not office.member.is_active
    assert office.acts == [("invited", "done", None)]


def test_one_address_is_one_member_however_it_is_spelled() -> None:
    assert staff_id_of(EmailAddress("ADA@shop.example")) == staff_id_of(ADDRESS)
    assert staff_id_of(EmailAddress("bob@shop.example")) != staff_id_of(ADDRESS)
    assert "ada" not in staff_id_of(ADDRESS)


def test_only_the_newest_invitation_works() -> None:
    office = BackOffice(an_invited_member())
    first = office.token()

    office.invite(ADDRESS, Role.EDITOR, None)

    with pytest.raises(LinkReplaced):
        office.accept.look(first)
    assert office.accept.look(office.token()) == office.member
    assert office.member.name == "Ada Lovelace"


def test_inviting_a_member_again_ends_nothing_until_it_is_accepted() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)

    office.invite(ADDRESS, Role.EDITOR, None)

    assert office.sign_in.member(kept) == office.member
    signed_in(office)
    office.accept(office.token(), (OTHER_PASSWORD, OTHER_PASSWORD), Client(CLIENT))
    assert office.sign_in.member(kept) is None
    with pytest.raises(AuthenticationFailed):
        signed_in(office)


def test_another_role_ends_all_sessions() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)

    office.invite(ADDRESS, Role.VIEWER, None)

    assert office.sign_in.member(kept) is None
    assert not office.member.role.may_edit
    signed_in(office)


def test_without_recording_nobody_is_invited() -> None:
    office = BackOffice()
    office.record.away = True

    with pytest.raises(Busy):
        office.invite(ADDRESS, Role.EDITOR, None)

    assert office.staff.members == {}
    assert office.staff.outbox.mails == {}


# Accepting


def test_accepting_sets_the_password_and_signs_in() -> None:
    office = BackOffice(an_invited_member())

    kept = office.accept(office.token(), (PASSWORD, PASSWORD), Client(CLIENT))

    assert office.member == office.sign_in.member(str(kept))
    assert password_matches(PASSWORD, office.member.password_hash or "")
    assert office.acts == [("accepted_invitation", "done", None)]
    assert office.record.newest(1)[0][0].client == CLIENT


def test_an_invitation_works_once() -> None:
    office = BackOffice(an_invited_member())
    token = office.token()
    office.accept(token, (PASSWORD, PASSWORD), Client(CLIENT))

    with pytest.raises(AlreadyConfirmed):
        office.accept.look(token)
    with pytest.raises(AlreadyConfirmed):
        office.accept(token, (OTHER_PASSWORD, OTHER_PASSWORD), Client(CLIENT))


def test_of_two_who_accept_at_once_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    office = BackOffice(an_invited_member())
    token, save = office.token(), office.staff.save

    def overtaken(*given: object) -> None:
        monkeypatch.setattr(office.staff, "save", save)
        office.accept(token, (OTHER_PASSWORD, OTHER_PASSWORD), Client(CLIENT))
        save(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(office.staff, "save", overtaken)

    with pytest.raises(AlreadyConfirmed):
        office.accept(token, (PASSWORD, PASSWORD), Client(CLIENT))

    assert password_matches(OTHER_PASSWORD, office.member.password_hash or "")
    assert office.acts == [
        ("accepted_invitation", "failed", "AlreadyConfirmed"),
        ("accepted_invitation", "done", None),
    ]


@pytest.mark.parametrize(
    ("password", "repetition", "refused"),
    [
        (PASSWORD, OTHER_PASSWORD, PasswordsDiffer),
        ("too short", "too short", PasswordTooShort),
        ("ada@shop.example", "ada@shop.example", PasswordCommon),
        ("Ada Lovelace!", "Ada Lovelace!", PasswordCommon),
    ],
)
def test_a_password_follows_the_rules_of_customers(
    password: str, repetition: str, refused: type[Exception]
) -> None:
    office = BackOffice(an_invited_member())

    with pytest.raises(refused):
        office.accept(office.token(), (password, repetition), Client(CLIENT))

    assert office.member == an_invited_member()
    assert office.acts == []


def test_an_expired_forged_or_unknown_link_opens_nothing() -> None:
    office = BackOffice(an_invited_member())
    token = office.token()
    forged = LinkSigner(["another key"]).token(office.links.read(token, Purpose.INVITE_STAFF))
    of_nobody = office.token("token", an_invited_member(staff_id="nobody"))

    for wrong in (forged, of_nobody, "", "x" * 200):
        with pytest.raises(LinkWrong):
            office.accept.look(wrong)
    office.now = NOW + timedelta(hours=48)
    with pytest.raises(LinkExpired):
        office.accept(token, (PASSWORD, PASSWORD), Client(CLIENT))


# Signing in


@pytest.mark.parametrize(
    ("member", "username", "password"),
    [
        (a_member(), "ada@shop.example", OTHER_PASSWORD),
        (a_member(), "bob@shop.example", PASSWORD),
        (a_member(), "no address", PASSWORD),
        (an_invited_member(), "ada@shop.example", PASSWORD),
        (an_invited_member(), "ada@shop.example", ""),
        (an_invited_member(), "ada@shop.example", "nobody has this password"),
    ],
)
def test_every_failed_login_gets_the_same_answer_and_is_counted(
    member: StaffMember, username: str, password: str
) -> None:
    office = BackOffice(member, most_failures=2)

    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            office.sign_in.by_password(username, password, Client(CLIENT))
    with pytest.raises(TooManyAttempts):
        office.sign_in.by_password(username, password, Client(CLIENT))

    assert office.staff.sessions == {}
    assert office.acts == []


def test_the_address_is_taken_in_each_spelling() -> None:
    office = BackOffice(a_member())

    kept, member = office.sign_in.by_password(" ADA@Shop.Example ", PASSWORD, Client(CLIENT))

    assert member == office.member
    assert office.sign_in.member(str(kept)) == member
    assert office.acts == [("signed_in", "done", None)]


def test_without_counting_or_recording_nobody_signs_in() -> None:
    office = BackOffice(a_member())

    office.record.away = True
    with pytest.raises(Busy):
        signed_in(office)
    office.record.away, office.limits.away = False, True
    with pytest.raises(Busy):
        signed_in(office)

    assert office.staff.sessions == {}


# Staying signed in


def test_an_idle_session_ends() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)

    office.now = NOW + IDLE - timedelta(seconds=1)
    assert office.sign_in.member(kept)
    office.now += IDLE
    assert office.sign_in.member(kept) is None


def test_a_session_ends_after_a_working_day_although_it_is_used() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)

    while office.now < NOW + LIFETIME:
        assert office.sign_in.member(kept)
        office.now += timedelta(minutes=30)

    assert office.sign_in.member(kept) is None


def test_a_request_is_noted_every_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    office = BackOffice(a_member())
    kept, noted, note = signed_in(office), list[datetime](), office.staff.note

    def listen(session: StaffSession) -> None:
        noted.append(session.seen_at)
        note(session)

    monkeypatch.setattr(office.staff, "note", listen)

    for minutes in (0, 14, 15, 29, 30, 44):
        office.now = NOW + timedelta(minutes=minutes)
        assert office.sign_in.member(kept)

    assert noted == [NOW + NOTED_EVERY, NOW + 2 * NOTED_EVERY]


def test_a_browsers_token_cannot_be_forged() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)
    staff_id, session_id, secret = kept.split(".")
    wrong_secret = ("A" if secret[0] != "A" else "B") + secret[1:]

    for wrong in (
        None,
        "",
        "x",
        f"{staff_id}.{session_id}.{wrong_secret}",
        f"{staff_id}.{session_id}",
        f"{staff_id_of(EmailAddress('bob@shop.example'))}.{session_id}.{secret}",
        f"{staff_id}.other.{secret}",
    ):
        assert office.sign_in.member(wrong) is None, wrong
    assert office.sign_in.member(kept)


# Signing out


def test_signing_out_ends_this_session_on_the_server() -> None:
    office = BackOffice(a_member())
    here, elsewhere = signed_in(office), signed_in(office)

    office.sign_in.sign_out(here, CLIENT)
    office.sign_in.sign_out(here, CLIENT)
    office.sign_in.sign_out(None, CLIENT)

    assert office.sign_in.member(here) is None
    assert office.sign_in.member(elsewhere)
    assert office.acts[2:] == [("signed_out", "done", None)]


def test_signing_out_everywhere_ends_all_sessions() -> None:
    office = BackOffice(a_member())
    kept = [signed_in(office), signed_in(office)]

    office.sign_in.sign_out_everywhere(office.member, CLIENT)

    assert [office.sign_in.member(each) for each in kept] == [None, None]
    assert office.acts[-1] == ("signed_out_everywhere", "done", None)
    assert office.sign_in.member(signed_in(office))


def test_a_session_that_ends_at_this_moment_is_not_brought_back() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)
    staff, read = office.staff, office.staff.with_member

    def ended(staff_id: str, session_id: str) -> object:
        found = read(staff_id, session_id)
        staff.end(staff_id, session_id)
        return found

    staff.with_member = ended  # type: ignore[method-assign, assignment]
    office.now = NOW + timedelta(hours=1)

    assert office.sign_in.member(kept) is None
    assert staff.sessions == {}


# Removing


def test_a_removed_member_is_out_at_once_and_stays_out_when_invited_anew() -> None:
    office = BackOffice(a_member())
    kept = signed_in(office)

    assert office.remove(ADDRESS)

    assert office.sign_in.member(kept) is None
    with pytest.raises(AuthenticationFailed):
        signed_in(office)
    assert not office.remove(ADDRESS)
    office.invite(ADDRESS, Role.EDITOR, None)
    office.accept(office.token(), (PASSWORD, PASSWORD), Client(CLIENT))
    assert office.sign_in.member(kept) is None
    assert [action for action, *_ in office.acts] == [
        "signed_in",
        "removed",
        "invited",
        "accepted_invitation",
    ]


def test_a_removed_members_invitation_opens_nothing() -> None:
    office = BackOffice(an_invited_member())
    token = office.token()

    office.remove(ADDRESS)

    with pytest.raises(LinkWrong):
        office.accept(token, (PASSWORD, PASSWORD), Client(CLIENT))


def test_roles_know_their_permissions() -> None:
    assert Role.EDITOR.may_edit
    assert not Role.VIEWER.may_edit
