"""The record of consents: what holds is never dropped, and what was withdrawn has an end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registration.domain.customers import Customer, Evidence
from registration.domain.fields.own import Agreement
from tests.support.factories import NOW, a_verified_customer


def yes(*names: str) -> dict[str, Agreement | None]:
    return {name: Agreement(name, "1", f"Yes to {name}") for name in names}


def cycled(customer: Customer, name: str, times: int) -> Customer:
    """Return the customer after giving and withdrawing a consent again and again, by the minute."""
    for minute in range(times):
        proof = Evidence(NOW + timedelta(minutes=minute))
        customer = customer.answering(yes(name), proof).answering({name: None}, proof)
    return customer


@pytest.mark.parametrize("held", [1, 39, 40, 100])
def test_what_holds_stays_however_often_another_is_given_and_withdrawn(held: int) -> None:
    names = [f"consent_{n}" for n in range(held)]
    before = a_verified_customer().answering(yes(*names), Evidence(NOW))

    after = cycled(before, "other", 200)

    assert after.active_consents == before.active_consents
    assert after.agreed == tuple(names)
    assert len(after.consents) <= max(60, held)


def test_of_the_withdrawn_ones_the_newest_stay_as_records() -> None:
    first = a_verified_customer().answering(yes("held", "ended_last"), Evidence(NOW))
    late = Evidence(NOW + timedelta(days=1))

    ended = cycled(first, "other", 100).answering({"ended_last": None, **yes("new")}, late)

    stays = {each.agreement.name: each.withdrawn for each in ended.consents}
    assert (stays["held"], stays["ended_last"], stays["new"]) == (None, late, None)
    kept = [each.given.at for each in ended.consents if each.agreement.name == "other"]
    assert kept == sorted(kept)
    assert kept[-1] == NOW + timedelta(minutes=99)


def test_forty_consents_can_all_be_withdrawn_with_a_record_of_each() -> None:
    names = [f"consent_{n}" for n in range(40)]
    given = a_verified_customer().answering(yes(*names), Evidence(NOW))

    ended = given.answering(dict.fromkeys(names), Evidence(NOW))

    assert [each.agreement.name for each in ended.consents] == names
    assert replace(ended, consents=()).agreed == ended.agreed == ()
