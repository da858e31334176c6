"""Customers, mails and sign-ups for tests: valid except for a test's overrides."""

from datetime import UTC, datetime, timedelta
from typing import Any

from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    Origin,
    Status,
    browser_digest,
)
from registration.domain.directory import Listed
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import Mail, MailKind
from registration.domain.profile import Gender, Profile, Salutation, SignUp

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

PASSWORD = "sturdy teapot orbit"
# The hash of PASSWORD with the parameters of the product, so that tests need not compute
# it.
PASSWORD_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$VUBN4y/6HnXcsKD0DJ0rvw"
    "$5cCGbxaOQWIXoUwu1Mx8jd8+y1NER+dR3B6R9jNAVmQ"
)
BROWSER_SECRET = "b" * 22
LIFETIME = timedelta(days=30)


def a_profile(**overrides: Any) -> Profile:
    """Return the profile of Ada Lovelace, without a language."""
    values: dict[str, Any] = {
        "salutation": Salutation.MS,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "gender": Gender.FEMALE,
    }
    return Profile(**values | overrides)


def a_sign_up(**overrides: Any) -> SignUp:
    """Return the sign-up of Ada."""
    values: dict[str, Any] = {
        "email": EmailAddress("ada@example.com"),
        "profile": a_profile(),
        "password": PASSWORD,
    }
    return SignUp(**values | overrides)


def a_customer(**overrides: Any) -> Customer:
    """Return an unverified customer who signed up with the form at ``NOW``."""
    signed_up = Evidence(NOW, "192.0.2.7", "Browser/1.0")
    values: dict[str, Any] = {
        "reference": "DE--Aa1Bb2Cc3Dd4Ee5F",
        "email": EmailAddress("ada@example.com"),
        "profile": a_profile(),
        "password_hash": PASSWORD_HASH,
        "status": Status.UNVERIFIED,
        "attempt_id": "attempt-00000001",
        "token_id": "token-0000000001",
        "consent": Consent(Origin.FORM, "2026-01", signed_up),
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + LIFETIME,
        "browser": browser_digest(BROWSER_SECRET),
    }
    return Customer(**values | overrides)


def a_verified_customer(**overrides: Any) -> Customer:
    """Return a customer who signed up at ``NOW`` and confirmed an hour later."""
    signed_up = Evidence(NOW, "192.0.2.7", "Browser/1.0")
    confirmed = Evidence(NOW + timedelta(hours=1), "192.0.2.7", "Browser/1.0")
    values: dict[str, Any] = {
        "status": Status.VERIFIED,
        "consent": Consent(Origin.FORM, "2026-01", signed_up, confirmed),
        "updated_at": confirmed.at,
        "expires_at": None,
        "browser": None,
    }
    return a_customer(**values | overrides)


def a_mail(**overrides: Any) -> Mail:
    """Return the confirmation mail to Ada, promised at ``NOW``."""
    values: dict[str, Any] = {
        "mail_id": "token-0000000001",
        "kind": MailKind.CONFIRM_REGISTRATION,
        "to": "ada@example.com",
        "locale": None,
        "reference": "DE--Aa1Bb2Cc3Dd4Ee5F",
        "token_id": "token-0000000001",
        "promised_at": NOW,
        "link_since": NOW,
        "expires_at": NOW + LIFETIME,
        "salutation": "Ms",
        "first_name": "Ada",
        "last_name": "Lovelace",
    }
    return Mail(**values | overrides)


def a_line(reference: str = "DE--Aa1Bb2Cc3Dd4Ee5F", **overrides: Any) -> Listed:
    """Return Ada, who signed up with the form at ``NOW``, as a line of the directory."""
    values: dict[str, Any] = {
        "status": Status.UNVERIFIED,
        "origin": Origin.FORM,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "created_at": NOW,
        "expires_at": None,
        "mail_id": "token-0000000001",
    }
    return Listed(**{"reference": reference} | values | overrides)
