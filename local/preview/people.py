"""The people and things that samples are about."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from local.preview.writers import NOW
from registration.domain.carts import Cart, Details, Guest
from registration.domain.claims import Claim
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    LinkedEmail,
    Origin,
    Status,
)
from registration.domain.directory import Listed
from registration.domain.emails import EmailAddress
from registration.domain.errors import FieldFlaw, FlawKind, InvalidFields
from registration.domain.mail.deliveries import Delivery, DeliveryStatus, Suppression
from registration.domain.profile import Gender, Profile, Salutation
from registration.domain.staff.members import Role, new_member
from registration.entrypoints.carts.catalogue import ARTICLES

EMAIL = "camille.laurent@example.com"
_SIGNED_UP = Evidence(NOW - timedelta(hours=2), "192.0.2.7", "Mozilla/5.0 Firefox/140.0")
_CONFIRMED = Evidence(NOW - timedelta(hours=1), "192.0.2.7", "Mozilla/5.0 Firefox/140.0")

CUSTOMER = Customer(
    reference="DE--Aa1Bb2Cc3Dd4Ee5F",
    email=EmailAddress(EMAIL),
    profile=Profile(
        salutation=Salutation.MS,
        first_name="Camille",
        last_name="Laurent",
        gender=Gender.FEMALE,
        date_of_birth=date(1990, 5, 31),
        phone="+33 1 23 45 67 89",
        company="Atelier Laurent",
    ),
    password_hash=None,
    status=Status.VERIFIED,
    attempt_id="sample",
    token_id="sample",
    consent=Consent(Origin.FORM, "2026-01", _SIGNED_UP, _CONFIRMED),
    created_at=_SIGNED_UP.at,
    updated_at=_CONFIRMED.at,
    expires_at=None,
)

UNDELIVERED = replace(
    CUSTOMER,
    status=Status.UNVERIFIED,
    consent=Consent(Origin.BACK_OFFICE, "2026-01", _SIGNED_UP),
    expires_at=NOW + timedelta(days=30),
    delivery=Delivery(DeliveryStatus.BOUNCED, NOW, "Permanent/NoEmail"),
)

SUPPRESSION = Suppression(DeliveryStatus.BOUNCED, NOW, "Permanent/NoEmail")

NEW_EMAIL = LinkedEmail(EmailAddress("camille@example.org"), "sample", NOW + timedelta(days=1), NOW)

EDITOR = new_member(
    EmailAddress("ada.winter@shop.example"),
    Role.EDITOR,
    "Ada Winter",
    token_id="sample",
    generation="",
    now=NOW,
)
VIEWER = replace(EDITOR, role=Role.VIEWER, name="Henry Fox")

QUIET = Claim(
    email=EMAIL,
    reference="",
    attempt_id="sample",
    verified=False,
    locale=None,
    expires_at=NOW + timedelta(days=27),
    quiet_since=NOW - timedelta(days=3),
)

_LINE = Listed(
    reference=CUSTOMER.reference,
    status=Status.VERIFIED,
    origin=Origin.FORM,
    email=EMAIL,
    first_name="Camille",
    last_name="Laurent",
    created_at=_SIGNED_UP.at,
    expires_at=None,
    mail_id="sample",
)
LINES = (
    _LINE,
    replace(
        _LINE,
        status=Status.UNVERIFIED,
        origin=Origin.IMPORT,
        email="jonas.weiss@example.com",
        first_name="Jonas",
        last_name="Weiß",
    ),
    replace(
        _LINE,
        status=Status.UNVERIFIED,
        origin=Origin.API,
        email="zofia.kowalczyk-wisniewska@customers.example.com",
        first_name="Zofia Małgorzata",
        last_name="Kowalczyk-Wiśniewska",
    ),
)


def a_cart(**overrides: Any) -> Cart:
    """Return a cart with every article of the demo shop."""
    values: dict[str, Any] = {
        "cart_id": "6b0f3c3e-8f6c-4a6e-9d2b-3f1f5a3c7e11",
        "owner": Guest.of("sample"),
        "items": {article.sku: n for n, article in enumerate(ARTICLES, start=1)},
        "details": Details(),
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "attempt_id": "sample",
    }
    return Cart(**values | overrides)


def wrong(kind: FlawKind, *fields: str, limit: int | None = None) -> InvalidFields:
    """Return what is wrong with some fields of a form."""
    return InvalidFields(tuple(FieldFlaw(field, kind, limit) for field in fields))


NO_EMAIL = wrong(FlawKind.NOT_AN_EMAIL, "email")
WEAK = wrong(FlawKind.TOO_SHORT, "new_password", limit=12)
