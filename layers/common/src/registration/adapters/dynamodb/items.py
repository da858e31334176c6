"""Domain objects as DynamoDB items, and back.

Items are built attribute by attribute, not with boto3's serializer, whose 15 µs per item
are too much for an import of a million rows. An attribute without a value is omitted.
Times are ISO 8601 in UTC, but ``expires_at`` is in epoch seconds for DynamoDB's TTL.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from registration.adapters.dynamodb import keys
from registration.domain.carts import Guest, GuestCart
from registration.domain.claims import Claim
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    GivenConsent,
    ImportSource,
    LinkedEmail,
    Origin,
    Status,
)
from registration.domain.emails import EmailAddress
from registration.domain.fields.own import Agreement, OwnValue
from registration.domain.mail.deliveries import Delivery, DeliveryStatus
from registration.domain.mail.mails import Lane, Mail, MailKind
from registration.domain.profile import Gender, Profile, Salutation
from registration.domain.rate_limits import WindowCount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PROFILE = (
    "salutation",
    "first_name",
    "last_name",
    "gender",
    "date_of_birth",
    "phone",
    "company",
    "locale",
    "own",
    "consents",
)
"""The attributes of a profile, with the shop's own fields and the consents."""

# What a sign-up tells of a customer whom somebody else entered.
_SIGNED_UP = (
    *PROFILE,
    "password_hash",
    "browser",
    "guest_cart",
    "origin",
    "terms_version",
    "terms_sentence",
    "signed_up",
)

# What a claim says or does not say.
_MARKS = ("entered", "contested", "abandoned")

Item = dict[str, "AttributeValueTypeDef"]
ReadItem = Mapping[str, "AttributeValueTypeDef"]


def customer_item(customer: Customer) -> Item:
    """Return the item of a customer."""
    profile, consent = customer.profile, customer.consent
    item: Item = {
        **keys.customer(customer.reference),
        "entity": {"S": "customer"},
        "reference": {"S": customer.reference},
        "email": {"S": customer.email.typed},
        "first_name": {"S": profile.first_name},
        "last_name": {"S": profile.last_name},
        "status": {"S": customer.status.value},
        "attempt_id": {"S": customer.attempt_id},
        "token_id": {"S": customer.token_id},
        "origin": {"S": consent.origin.value},
        "created_at": {"S": customer.created_at.isoformat()},
        "updated_at": {"S": customer.updated_at.isoformat()},
        "signed_up": evidence_value(consent.signed_up),
    }
    if profile.date_of_birth:
        item["date_of_birth"] = {"S": profile.date_of_birth.isoformat()}
    if customer.guest_cart:
        item["guest_cart"] = _tie_value(customer.guest_cart)
    if customer.generation:
        item["generation"] = {"N": str(customer.generation)}
    if consent.confirmed:
        item["confirmed"] = evidence_value(consent.confirmed)
    if customer.delivery:
        item["delivery"] = {"M": delivery_value(customer.delivery)}
    if customer.expires_at:
        item["expires_at"] = {"N": epoch(customer.expires_at)}
    if customer.token_since:
        item["token_since"] = {"N": epoch(customer.token_since)}
    if customer.reset_token_since:
        item["reset_token_since"] = {"N": epoch(customer.reset_token_since)}
    if customer.sign_up:
        item["sign_up"] = sign_up_value(customer.sign_up)
    item |= _email_change(customer) | _source(customer.imported) | _of_the_shop(customer)
    _put_texts(
        item,
        salutation=profile.salutation,
        gender=profile.gender,
        phone=profile.phone,
        company=profile.company,
        locale=profile.locale,
        password_hash=customer.password_hash,
        browser=customer.browser,
        reset_token_id=customer.reset_token_id,
        reset_browser=customer.reset_browser,
        terms_version=consent.terms_version,
        terms_sentence=consent.terms_sentence,
    )
    return item


def _email_change(customer: Customer) -> Item:
    values: Item = {}
    if customer.new_email:
        values["new_email"] = _linked_value(customer.new_email)
    if customer.former_emails:
        values["former_emails"] = {"L": [_linked_value(each) for each in customer.former_emails]}
    if customer.email_changed:
        values["email_changed"] = evidence_value(customer.email_changed)
    return values


def _of_the_shop(customer: Customer) -> Item:
    values = own_attribute(customer.profile.own)
    if customer.consents:
        values["consents"] = {"L": [_consent_value(each) for each in customer.consents]}
    return values


def _source(source: ImportSource | None) -> Item:
    if source is None:
        return {}
    values: Item = {"import_id": {"S": source.import_id}, "line": {"N": str(source.line)}}
    _put_texts(values, registered=source.registered)
    return values


def sign_up_value(customer: Customer) -> "AttributeValueTypeDef":
    """Return what a sign-up tells of a customer as a map."""
    item = customer_item(customer)
    return {"M": {name: item[name] for name in _SIGNED_UP if name in item}}


def is_customer(item: ReadItem) -> bool:
    """Whether an item with a customer's key is a customer who was not anonymised."""
    return item["entity"]["S"] == "customer"


def customer_of(item: ReadItem) -> Customer:
    """Return the customer in an item."""
    born = text(item, "date_of_birth")
    return Customer(
        reference=item["reference"]["S"],
        email=EmailAddress(item["email"]["S"]),
        profile=Profile(
            salutation=Salutation(item["salutation"]["S"]) if "salutation" in item else None,
            first_name=item["first_name"]["S"],
            last_name=item["last_name"]["S"],
            gender=Gender(item["gender"]["S"]) if "gender" in item else None,
            date_of_birth=date.fromisoformat(born) if born else None,
            phone=text(item, "phone"),
            company=text(item, "company"),
            locale=text(item, "locale"),
            own=own_of(item),
        ),
        password_hash=text(item, "password_hash"),
        status=Status(item["status"]["S"]),
        attempt_id=item["attempt_id"]["S"],
        token_id=item["token_id"]["S"],
        consent=Consent(
            origin=Origin(item["origin"]["S"]),
            terms_version=text(item, "terms_version"),
            signed_up=_evidence_of(item["signed_up"]["M"]),
            confirmed=_evidence_of(item["confirmed"]["M"]) if "confirmed" in item else None,
            terms_sentence=text(item, "terms_sentence"),
        ),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
        expires_at=moment(item, "expires_at"),
        browser=text(item, "browser"),
        reset_token_id=text(item, "reset_token_id"),
        generation=int(item["generation"]["N"]) if "generation" in item else 0,
        guest_cart=_tie_of(item["guest_cart"]["M"]) if "guest_cart" in item else None,
        delivery=delivery_of(item),
        sign_up=_signed_up(item) if "sign_up" in item else None,
        new_email=_linked_of(item["new_email"]["M"]) if "new_email" in item else None,
        former_emails=tuple(_linked_of(each["M"]) for each in _list(item, "former_emails")),
        email_changed=_evidence_of(item["email_changed"]["M"]) if "email_changed" in item else None,
        token_since=moment(item, "token_since"),
        reset_token_since=moment(item, "reset_token_since"),
        reset_browser=text(item, "reset_browser"),
        imported=_source_of(item) if "import_id" in item else None,
        consents=tuple(_consent_of(each["M"]) for each in _list(item, "consents")),
    )


def _source_of(item: ReadItem) -> ImportSource:
    line, registered = int(item["line"]["N"]), text(item, "registered")
    return ImportSource(item["import_id"]["S"], line, registered)


def _signed_up(item: ReadItem) -> Customer:
    # What the sign-up does not tell, a phone number for one, is as it was entered.
    sign_up = item["sign_up"]["M"]
    told = {**item, **sign_up}
    if "own" in item and "own" in sign_up:
        told["own"] = {"M": {**item["own"]["M"], **sign_up["own"]["M"]}}
    # Nobody else consents for a customer who has signed up.
    told["consents"] = sign_up.get("consents", {"L": []})
    del told["sign_up"]
    return customer_of(told)


def claim_item(claim: Claim) -> Item:
    """Return the item of a claim on an address."""
    item: Item = {
        **keys.claim(claim.email),
        "entity": {"S": "claim"},
        "reference": {"S": claim.reference},
        "attempt_id": {"S": claim.attempt_id},
        "verified": {"BOOL": claim.verified},
    }
    if claim.expires_at:
        item["expires_at"] = {"N": epoch(claim.expires_at)}
    if claim.sign_ups:
        item["sign_ups"] = window_value(claim.sign_ups)
    for name in _MARKS:
        if getattr(claim, name):
            item[name] = {"BOOL": True}
    _put_moments(item, quiet_since=claim.quiet_since, told_at=claim.told_at)
    _put_texts(item, locale=claim.locale, alias=claim.alias, browser=claim.browser)
    return item


def claim_of(item: ReadItem) -> Claim:
    """Return the claim in an item."""
    return Claim(
        email=item["PK"]["S"].partition("#")[2],
        reference=item["reference"]["S"],
        attempt_id=item["attempt_id"]["S"],
        verified=item["verified"]["BOOL"],
        locale=text(item, "locale"),
        expires_at=moment(item, "expires_at"),
        alias=text(item, "alias"),
        sign_ups=_window_of(item["sign_ups"]["M"]) if "sign_ups" in item else None,
        **{name: name in item for name in _MARKS},
        browser=text(item, "browser"),
        quiet_since=_iso(item, "quiet_since"),
        told_at=_iso(item, "told_at"),
    )


def mail_item(mail: Mail) -> Item:
    """Return the item of a promised mail in the outbox."""
    item: Item = {
        **keys.mail(mail.mail_id),
        "entity": {"S": "mail"},
        "kind": {"S": mail.kind.value},
        "to": {"S": mail.to},
        "reference": {"S": mail.reference},
        "token_id": {"S": mail.token_id},
        "promised_at": {"S": mail.promised_at.isoformat()},
        "link_since": {"S": mail.link_since.isoformat()},
    }
    if mail.lane is not Lane.PEOPLE:
        item["lane"] = {"S": mail.lane.value}
    if mail.lane is not Lane.IMPORT:
        # An imported mail is in no index, to save write units per row.
        item["waiting"] = {"S": keys.waiting(mail.lane, mail.mail_id)}
    if mail.expires_at:
        item["expires_at"] = {"N": epoch(mail.expires_at)}
    if mail.has_code:
        item["has_code"] = {"BOOL": True}
    _put_moments(item, quiet_since=mail.quiet_since)
    _put_texts(
        item,
        locale=mail.locale,
        salutation=mail.salutation,
        first_name=mail.first_name,
        last_name=mail.last_name,
    )
    return item


def mail_of(item: ReadItem) -> Mail:
    """Return the promised mail in an item of the outbox."""
    return Mail(
        mail_id=keys.mail_id(item),
        kind=MailKind(item["kind"]["S"]),
        to=item["to"]["S"],
        locale=text(item, "locale"),
        reference=item["reference"]["S"],
        token_id=item["token_id"]["S"],
        promised_at=datetime.fromisoformat(item["promised_at"]["S"]),
        link_since=datetime.fromisoformat(item["link_since"]["S"]),
        expires_at=moment(item, "expires_at"),
        salutation=text(item, "salutation"),
        first_name=text(item, "first_name"),
        last_name=text(item, "last_name"),
        lane=lane_of(item),
        has_code="has_code" in item,
        quiet_since=_iso(item, "quiet_since"),
    )


def lane_of(item: ReadItem) -> Lane:
    """Return the lane of the promised mail in an item of the outbox."""
    return Lane(text(item, "lane") or Lane.PEOPLE)


def delivery_value(delivery: Delivery) -> Item:
    """Return a delivery as a map."""
    value: Item = {"status": {"S": delivery.status.value}, "at": {"S": delivery.at.isoformat()}}
    _put_texts(value, detail=delivery.detail, mail=delivery.mail)
    return value


def delivery_of(item: ReadItem) -> Delivery | None:
    """Return the delivery of the last mail to a customer, if it is known."""
    if "delivery" not in item:
        return None
    value = item["delivery"]["M"]
    return Delivery(
        status=DeliveryStatus(value["status"]["S"]),
        at=datetime.fromisoformat(value["at"]["S"]),
        detail=text(value, "detail"),
        mail=text(value, "mail"),
    )


def evidence_value(evidence: Evidence) -> "AttributeValueTypeDef":
    """Return a piece of evidence as a map."""
    value: Item = {"at": {"S": evidence.at.isoformat()}}
    _put_texts(value, address=evidence.address, user_agent=evidence.user_agent)
    return {"M": value}


def window_value(window: WindowCount) -> "AttributeValueTypeDef":
    """Return the count of a time window as a map."""
    return {"M": {"count": {"N": str(window.count)}, "ends": {"N": epoch(window.ends)}}}


@lru_cache(100)  # for speed: all rows of an import's chunk have the same times
def epoch(time: datetime) -> str:
    """Return a time in epoch seconds, as DynamoDB's TTL needs it."""
    return str(int(time.timestamp()))


def text(item: ReadItem, name: str) -> str | None:
    """Return an optional text of an item."""
    value = item.get(name)
    return value["S"] if value else None


def moment(item: ReadItem, name: str) -> datetime | None:
    """Return an optional time of an item, stored in epoch seconds."""
    value = item.get(name)
    return datetime.fromtimestamp(int(value["N"]), UTC) if value else None


def _iso(item: ReadItem, name: str) -> datetime | None:
    value = text(item, name)
    return datetime.fromisoformat(value) if value else None


def _list(item: ReadItem, name: str) -> "Sequence[AttributeValueTypeDef]":
    return item[name]["L"] if name in item else ()


def _linked_value(linked: LinkedEmail) -> "AttributeValueTypeDef":
    item: Item = {"email": {"S": linked.email.typed}, "token_id": {"S": linked.token_id}}
    since = linked.since.isoformat() if linked.since else None
    _put_texts(item, until=linked.until.isoformat(), since=since)
    if linked.withheld:
        item["withheld"] = {"BOOL": True}
    return {"M": item}


def _linked_of(value: ReadItem) -> LinkedEmail:
    until = datetime.fromisoformat(value["until"]["S"])
    since = datetime.fromisoformat(value["since"]["S"]) if "since" in value else None
    address = EmailAddress(value["email"]["S"])
    return LinkedEmail(address, value["token_id"]["S"], until, since, "withheld" in value)


def _evidence_of(value: ReadItem) -> Evidence:
    return Evidence(
        at=datetime.fromisoformat(value["at"]["S"]),
        address=text(value, "address"),
        user_agent=text(value, "user_agent"),
    )


def _own_value(value: OwnValue) -> "AttributeValueTypeDef":
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def own_attribute(own: Mapping[str, OwnValue]) -> Item:
    """Return the attribute with values of the shop's own fields, if there are any."""
    return {"own": {"M": {name: _own_value(value) for name, value in own.items()}}} if own else {}


def own_of(item: ReadItem) -> dict[str, OwnValue]:
    """Return the values of the shop's own fields in an item."""
    own = item["own"]["M"] if "own" in item else {}
    return {name: _plain_of(value) for name, value in own.items()}


def _plain_of(value: "AttributeValueTypeDef") -> OwnValue:
    if "N" in value:
        number = float(value["N"])
        return int(number) if number.is_integer() else number
    return value["BOOL"] if "BOOL" in value else value["S"]


def _consent_value(consent: GivenConsent) -> "AttributeValueTypeDef":
    agreed = consent.agreement
    value: Item = {"given": evidence_value(consent.given)}
    _put_texts(value, name=agreed.name, version=agreed.version, text=agreed.text)
    if consent.withdrawn:
        value["withdrawn"] = evidence_value(consent.withdrawn)
    return {"M": value}


def _consent_of(value: ReadItem) -> GivenConsent:
    told = (text(value, name) or "" for name in ("name", "version", "text"))
    return GivenConsent(
        Agreement(*told),
        _evidence_of(value["given"]["M"]),
        _evidence_of(value["withdrawn"]["M"]) if "withdrawn" in value else None,
    )


def _window_of(value: ReadItem) -> WindowCount:
    ends = datetime.fromtimestamp(int(value["ends"]["N"]), UTC)
    return WindowCount(int(value["count"]["N"]), ends)


def _tie_value(tie: GuestCart) -> "AttributeValueTypeDef":
    return {"M": {"cart_id": {"S": tie.cart_id}, "guest": {"S": tie.guest.digest}}}


def _tie_of(value: ReadItem) -> GuestCart:
    return GuestCart(value["cart_id"]["S"], Guest(value["guest"]["S"]))


def _put_texts(item: Item, **texts: str | None) -> None:
    for name, value in texts.items():
        if value:
            item[name] = {"S": value}


def _put_moments(item: Item, **moments: datetime | None) -> None:
    for name, time in moments.items():
        if time:
            item[name] = {"S": time.isoformat()}
