"""The file with all that is kept about a customer: from the tables to JSON."""

import json
from datetime import datetime
from typing import Any

from registration.application.mail.ports import UnsentMail
from registration.application.personal_data import PersonalData
from registration.domain.carts import Cart
from registration.domain.customers import Consent, Customer, Evidence, LinkedEmail
from registration.domain.profile import Profile, profile_values
from registration.domain.sessions import Session
from registration.entrypoints.rendering.api_names import api_name

Json = dict[str, Any]


def file_of(data: PersonalData) -> str:
    """Return the file's content. What it leaves out, and why, is in docs/data-model.md."""
    return json.dumps(_document(data), ensure_ascii=False, indent=2)


def _document(data: PersonalData) -> Json:
    customer = data.customer
    return {
        "format": 1,
        "exportedAt": _time(data.at),
        "customerReference": customer.reference,
        "status": customer.status,
        "email": customer.email.typed,
        **_profile(customer.profile),
        "createdAt": _time(customer.created_at),
        "updatedAt": _time(customer.updated_at),
        "expiresAt": _time(customer.expires_at),
        "consent": _consent(customer.consent),
        **_consents(customer),
        "import": _import(customer),
        "signUp": _sign_up(customer.sign_up),
        "emailChanges": {
            "waiting": _linked(customer.new_email),
            "former": [_linked(each) for each in customer.former_emails],
            "last": _evidence(customer.email_changed),
        },
        "links": {
            "confirmationMadeAt": _time(customer.token_since),
            "newPasswordMadeAt": _time(customer.reset_token_since),
        },
        "mails": _mails(data),
        "sessions": [_session(each) for each in data.sessions],
        "carts": [_cart(each) for each in data.carts],
        "staffActions": [
            {"action": each.action, "at": _time(each.at), "outcome": each.outcome}
            for each in data.staff_actions
        ],
        "incomplete": data.incomplete,
    }


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _profile(profile: Profile) -> Json:
    told, own = profile_values(profile), profile.own
    kept = {api_name(name): value for name, value in told.items() if name not in own}
    # The shop's own names might be those of other parts of the file.
    return {**kept, "own": {api_name(name): value for name, value in own.items()}} if own else kept


def _evidence(proof: Evidence | None) -> Json | None:
    if proof is None:
        return None
    agent = proof.user_agent
    return {"at": _time(proof.at), "networkAddress": proof.address, "userAgent": agent}


def _consent(consent: Consent) -> Json:
    return {
        "origin": consent.origin,
        "termsVersion": consent.terms_version,
        "termsSentence": consent.terms_sentence,
        "signedUp": _evidence(consent.signed_up),
        "confirmed": _evidence(consent.confirmed),
    }


def _consents(customer: Customer) -> Json:
    """Return the consents beside the terms, those that were withdrawn included, if any."""
    told = [
        {
            "name": api_name(each.agreement.name),
            "version": each.agreement.version,
            "text": each.agreement.text,
            "given": _evidence(each.given),
            "withdrawn": _evidence(each.withdrawn),
        }
        for each in customer.consents
    ]
    return {"consents": told} if told else {}


def _import(customer: Customer) -> Json | None:
    found = customer.imported
    if found is None:
        return None
    return {"importId": found.import_id, "line": found.line, "registered": found.registered}


def _sign_up(told: Customer | None) -> Json | None:
    if told is None:
        return None
    return {**_profile(told.profile), "consent": _consent(told.consent), **_consents(told)}


def _linked(linked: LinkedEmail | None) -> Json | None:
    if linked is None:
        return None
    since, until = _time(linked.since), _time(linked.until)
    return {"email": linked.email.typed, "askedAt": since, "until": until}


def _mails(data: PersonalData) -> Json:
    report, suppression = data.last_report, data.suppression
    return {
        "unsent": [_unsent(each) for each in data.unsent],
        "lastReport": report
        and {"status": report.status, "at": _time(report.at), "detail": report.detail},
        "suppression": suppression
        and {
            "status": suppression.status,
            "at": _time(suppression.at),
            "detail": suppression.detail,
            "liftedAt": _time(suppression.lifted_at),
        },
    }


def _unsent(unsent: UnsentMail) -> Json:
    mail = unsent.mail
    return {
        "kind": mail.kind,
        "to": mail.to,
        "localeName": mail.locale,
        "salutation": mail.salutation,
        "firstName": mail.first_name,
        "lastName": mail.last_name,
        "promisedAt": _time(mail.promised_at),
        "expiresAt": _time(mail.expires_at),
        "parked": unsent.parked,
    }


def _session(session: Session) -> Json:
    return {
        "beganAt": _time(session.began_at),
        "refreshedAt": _time(session.refreshed_at),
        "endsAt": _time(session.expires_at),
    }


def _cart(cart: Cart) -> Json:
    details = cart.details
    return {
        "id": cart.cart_id,
        "name": details.name,
        "currency": details.currency,
        "store": details.store,
        "priceMode": details.price_mode,
        "createdAt": _time(cart.created_at),
        "updatedAt": _time(cart.updated_at),
        "items": [{"sku": sku, "quantity": quantity} for sku, quantity in cart.items.items()],
    }
