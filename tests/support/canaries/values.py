"""A value for each field that a client sends, which occurs nowhere else.

The fields are those of the API's contract and of the profile: a new one gets a canary by itself,
or, if its rule takes no such text, fails until it has one here.
"""

from datetime import date
from typing import Any

from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.profile import EMAIL
from registration.entrypoints.web.json_api import NAMES

ADDRESS = "canary.box.q7x"
EMAIL_ADDRESS = f"{ADDRESS}@example.com"
PASSWORD = "violet-quokka-canaryword-77"
CLIENT = "198.51.100.77"
AGENT = "CanaryAgent/7"
GUEST = "canary-guest-0000001"
_OF_A_FORM = {
    "email": EMAIL_ADDRESS,
    "username": EMAIL_ADDRESS,
    "password": PASSWORD,
    "confirm_password": PASSWORD,
    "new_password": PASSWORD,
    "date_of_birth": "1971-03-17",
}
# Few values, which tell nothing of anybody.
_CHOICES: dict[str, Any] = {
    "salutation": "Dr",
    "gender": "n/a",
    "locale": "de_DE",
    "quantity": 1,
    "accepted_terms": True,
}
PROFILE = (EMAIL, *GLUE_FIELDS.at(Place.IMPORT).fields)


def value_of(field: str) -> Any:
    """Return what clients send as a field, by the domain's name."""
    return _OF_A_FORM.get(field, _CHOICES.get(field, f"Canary{field.replace('_', '')}"))


VALUES = {field: value_of(field) for field in {*NAMES, *(each.name for each in PROFILE)}}
"""Right values, by the domain's names."""

PERSONAL = {
    "email": ADDRESS,
    "client": CLIENT,
    "agent": AGENT,
    "guest": GUEST,
    **{name: str(value) for name, value in VALUES.items() if name not in {*_CHOICES, "username"}},
} | {"email": ADDRESS}
"""What must be told nowhere, by its name."""


def flaws() -> list[str]:
    """Return the fields of the profile whose canary is no right value."""
    today = date(2026, 11, 22)
    return [each.name for each in PROFILE if each.flaw_of(VALUES[each.name], today)]
