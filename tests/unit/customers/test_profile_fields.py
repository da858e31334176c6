"""A field of the profile is known wherever customers are: stored, shown, asked for, imported."""

from dataclasses import asdict, fields
from datetime import date

import pytest

from registration.adapters.dynamodb.items import customer_item, customer_of
from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.imports.columns import COLUMNS
from registration.domain.profile import (
    Gender,
    Profile,
    Salutation,
    profile_values,
    read_profile,
)
from registration.entrypoints.back_office.pages import BackOfficeWriter, customer_form
from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.rendering.page_writing import PROFILE_FIELDS
from registration.entrypoints.web.json_api import NAMES, customer_attributes
from tests.support.every_page import Outline, inside, profile_page
from tests.support.factories import a_verified_customer
from tests.support.people.staff import a_member

NAMED = tuple(field.name for field in fields(Profile) if field.name != "own")
FULL = Profile(
    salutation=Salutation.DR,
    first_name="Ada",
    last_name="Lovelace",
    gender=Gender.FEMALE,
    date_of_birth=date(1985, 12, 10),
    phone="+49 30 1",
    company="Engines & Co",
    locale="de_DE",
)
ADA = a_verified_customer(profile=FULL)
BACK_OFFICE = BackOfficeWriter("Hawthorn & Finch", ENGLISH)


def names_in_form(html: str) -> tuple[str | None, ...]:
    return tuple(found["name"] for found in Outline(html).all("input", "select") if "name" in found)


def test_the_profile_of_these_tests_has_every_field() -> None:
    assert [name for name, value in asdict(FULL).items() if value is None] == []


def test_a_field_has_a_rule_and_a_raw_value() -> None:
    assert tuple(field.name for field in GLUE_FIELDS.at(Place.IMPORT).fields) == NAMED
    assert read_profile(profile_values(FULL), {}) == FULL


def test_a_field_is_stored() -> None:
    assert customer_of(customer_item(ADA)).profile == FULL


@pytest.mark.parametrize("name", NAMED)
def test_a_field_is_told_by_the_api(name: str) -> None:
    assert customer_attributes(ADA)[NAMES[name]] == profile_values(FULL)[name]


def test_a_customer_can_change_each_field() -> None:
    form = names_in_form(profile_page(inside(ENGLISH), ADA))

    assert form == PROFILE_FIELDS
    assert set(form) == set(NAMED)


def test_staff_can_change_each_field_and_see_it() -> None:
    form = names_in_form(
        BACK_OFFICE.page("form", inside(ENGLISH), member=a_member(), **customer_form(ENGLISH))
    )
    page = Outline(
        BACK_OFFICE.page(
            "customer",
            inside(ENGLISH),
            member=a_member(),
            customer=ADA,
            history=(),
            mail=None,
            new_email=None,
            suppression=None,
            said=None,
            error="",
        )
    )

    # The tick belongs to the address, and is no field of the profile.
    assert form == ("email", "take_suggestion", *PROFILE_FIELDS)
    assert set(form) == {"email", "take_suggestion", *NAMED}
    assert [
        name for name, value in profile_values(FULL).items() if str(value) not in page.text
    ] == []


def test_an_import_has_a_column_for_each_field() -> None:
    assert set(NAMED) <= set(COLUMNS.values())
