"""The actions of staff are recorded before they are done."""

import pytest

from registration.domain.errors import Busy, CustomerNotFound
from registration.domain.staff.audit import AuditAction, AuditOutcome
from tests.support.people.staff import CLIENT, BackOffice, a_member

ADA = a_member()
REFERENCE = "DE--Aa1Bb2Cc3Dd4Ee5F"


@pytest.fixture
def office() -> BackOffice:
    return BackOffice(ADA)


def test_an_act_is_recorded_before_it_is_done(office: BackOffice) -> None:
    with office.audited(ADA, AuditAction.ANONYMISED_CUSTOMER, CLIENT, customer=REFERENCE):
        (begun,) = office.record.entries.values()
        assert begun.outcome is AuditOutcome.BEGUN
        assert (begun.staff_id, begun.email) == (ADA.staff_id, "Ada@shop.example")
        assert (begun.customer, begun.client) == (REFERENCE, CLIENT)

    (entry,) = office.record.entries.values()
    assert entry == begun.done()


def test_details_that_become_known_later_are_added(office: BackOffice) -> None:
    with office.audited(ADA, AuditAction.CREATED_CUSTOMER) as act:
        act.customer = REFERENCE
        act.fields = ("phone",)
        act.import_id = "import-1"

    (entry,) = office.record.entries.values()
    assert (entry.customer, entry.fields, entry.import_id) == (REFERENCE, ("phone",), "import-1")


def test_an_act_that_fails_is_recorded_with_the_kind_of_error(office: BackOffice) -> None:
    with (
        pytest.raises(CustomerNotFound),
        office.audited(ADA, AuditAction.EDITED_CUSTOMER, customer=REFERENCE),
    ):
        raise CustomerNotFound

    assert office.acts == [("edited_customer", "failed", "CustomerNotFound")]


def test_an_unexpected_error_leaves_no_text_in_the_record(office: BackOffice) -> None:
    text = "ada@example.com"
    with pytest.raises(ValueError, match=text), office.audited(ADA, AuditAction.EDITED_CUSTOMER):
        raise ValueError(text)

    assert office.acts == [("edited_customer", "failed", "ValueError")]
    assert text not in str(office.record.entries)


def test_an_action_not_done_without_an_error_says_why(office: BackOffice) -> None:
    with office.audited(ADA, AuditAction.RESENT_CONFIRMATION, customer=REFERENCE) as act:
        act.failure = "already_verified"

    assert office.acts == [("resent_confirmation", "failed", "already_verified")]


def test_without_recording_nothing_is_done(office: BackOffice) -> None:
    office.record.away = True
    done = False

    with pytest.raises(Busy), office.audited(ADA, AuditAction.ANONYMISED_CUSTOMER):
        done = True

    assert not done


def test_an_act_whose_end_cannot_be_recorded_is_done_and_stays_begun(
    office: BackOffice, caplog: pytest.LogCaptureFixture
) -> None:
    with office.audited(ADA, AuditAction.ANONYMISED_CUSTOMER, customer=REFERENCE):
        office.record.away = True

    assert office.acts == [("anonymised_customer", "begun", None)]
    assert "the end of an action was not recorded" in caplog.text
    assert REFERENCE not in caplog.text


def test_a_process_that_dies_leaves_the_act_begun(office: BackOffice) -> None:
    class DeathError(BaseException):
        pass

    with pytest.raises(DeathError), office.audited(ADA, AuditAction.ANONYMISED_CUSTOMER):
        raise DeathError

    assert office.acts == [("anonymised_customer", "begun", None)]
