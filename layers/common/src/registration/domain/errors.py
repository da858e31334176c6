"""The errors that a request can cause.

Each error knows its code, its HTTP status and its text, all as in Spryker's Glue
customers API. One place renders errors as JSON:API, and one renders them as a page.

::

    RegistrationError
    ├── Malformed                     400  -    the body does not match the contract
    │   ├── CharactersLost            400  -    the body is not UTF-8, or was not before
    │   └── InvalidType               400  -    data.type is that of another resource
    ├── InvalidFields                 422  901  one or more fields, each with its flaw
    ├── TermsNotAccepted              400  413
    ├── PasswordsDiffer               422  406
    │   └── NewPasswordsDiffer        422  406
    ├── EmailInUse                    422  400  only where existing addresses are revealed
    │   └── EmailQuiet                422  400  staff: the owner wants no mail for a time
    ├── InvalidEmail                  422  416
    ├── EmailTooLong                  422  417
    ├── WeakPassword                  400  -
    │   ├── PasswordTooShort          400  -    on pages; the API tells 901
    │   ├── PasswordTooLong           400  -    on pages; the API tells 901
    │   ├── PasswordCharacters        400  -    on pages; the API tells 901
    │   ├── PasswordRepetition        400  421
    │   ├── PasswordCommon            400  422
    │   └── PasswordGarbled           400  -    a character of it was lost
    ├── WrongPassword                 400  408
    ├── LinkRefused                   422  423
    │   ├── LinkWrong                           truncated, changed, or for something else
    │   ├── LinkExpired
    │   ├── LinkReplaced                        a newer one was sent
    │   ├── CodeWrong                           the code beside it, typed into a page
    │   └── AlreadyConfirmed                    used before: pages show a friendly text
    ├── AccessRefused
    │   ├── AccessTokenMissing        403  002
    │   ├── AccessTokenInvalid        401  001
    │   ├── AuthenticationFailed      401  003  unknown, unverified or wrong: the same answer
    │   ├── RefreshFailed             401  004
    │   ├── TwoIdentities             400  005  a bearer and an anonymous id at once
    │   └── Forbidden                 403  411  another customer, to change or delete
    │       └── EditorsOnly                     viewers of the Back Office cannot edit
    ├── CustomerNotFound              404  402  or it is another customer
    ├── ResetKeyWrong                 422  415
    ├── PasswordNotChanged            400  407  also if the reset key has expired
    ├── CartNotFound                  404  101
    ├── CartItemNotFound              404  103
    ├── IfMatchMissing                428  005
    ├── IfMatchWrong                  412  006  the cart is not as the client has seen it
    ├── TooManyCarts                  422  107
    ├── AnonymousIdEmpty              400  109
    ├── PriceModeFixed                422  111
    ├── CartForbidden                 403  115
    ├── CartsForbidden                403  802  another customer's list of carts
    ├── ResourceIdMissing             400  -
    ├── TooManyAttempts               429  429  with the seconds to wait
    │   └── TooManyCodes              429  429  only the link is left
    ├── FormExpired                   403  -    a form without a valid CSRF token
    ├── PageUnknown                   400  -    the cursor of a list is invalid
    ├── SearchTooShort                400  -
    ├── NotConfirmedYet               409  -    staff: only for verified customers
    ├── ImportNotFound                404  -    staff: no such import, or its reports expired
    ├── KeyMalformed                  400  -    the Idempotency-Key is invalid
    ├── KeyReused                     422  -    the Idempotency-Key came with another body
    └── Busy                          503  -    others changed the same customer, try again
"""

import math
from datetime import datetime
from enum import Enum
from typing import ClassVar

from registration.frozen import dataclass


class FlawKind(Enum):
    """The ways in which a field can be wrong, with the texts of Glue's validation."""

    MISSING = "This field is missing."
    BLANK = "This value should not be blank."
    NOT_AN_EMAIL = "This value is not a valid email address."
    NOT_A_CHOICE = "The value you selected is not a valid choice."
    TOO_SHORT = "This value is too short. It should have {limit} characters or more."
    TOO_LONG = "This value is too long. It should have {limit} characters or less."
    CHARACTERS = (
        "Your password must include at least one uppercase letter, one lowercase letter, one "
        "number, and one special character from the following list: "
        r"!@#$%^&*()_-+=[]{{}}|;:<>.,/?\~. "
        "Non-Latin and other special characters are not allowed."
    )
    NOT_TRUE = "This value should be true."
    NOT_A_DATE = "This value is not a valid date."
    NOT_VALID = "This value is not valid."
    LOST = "A character of this value was lost (U+FFFD)."
    NOT_NUMERIC = "This value should be of type numeric."
    NOT_AN_INTEGER = "This value should be of type integer."
    NOT_POSITIVE = "This value should be greater than 0."
    TOO_LARGE = "This value should be {limit} or less."
    TOO_SMALL = "This value should be {limit} or more."
    FIXED = "This value cannot be changed."
    TOO_MANY = "This collection should contain {limit} elements or less."


@dataclass(frozen=True, slots=True)
class FieldFlaw:
    """One field's flaw. ``field`` is the domain's name (``first_name``)."""

    field: str
    kind: FlawKind
    limit: int | str | None = None

    @property
    def message(self) -> str:
        """The text of the flaw, without the field's name."""
        return self.kind.value.format(limit=self.limit)


class RegistrationError(Exception):
    """The root. ``field`` names the form field beside which the text is shown, if any.

    Errors marked ``on_pages_only`` are not part of the API's contract.
    """

    code: ClassVar[str | None] = None
    status: ClassVar[int] = 400
    detail: ClassVar[str] = "Post data is invalid."
    field: ClassVar[str | None] = None
    on_pages_only: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(self.detail)


class Malformed(RegistrationError):
    """The body is not JSON, not an object, too large, or of the wrong shape."""


class CharactersLost(Malformed):
    """The body is not UTF-8, or holds U+FFFD: it was once decoded as what it is not."""

    detail = "The body has to be UTF-8, without the replacement character U+FFFD."


class InvalidType(Malformed):
    """``data.type`` is not that of the resource."""

    detail = "Invalid type."


class InvalidFields(RegistrationError):
    """Some fields are flawed; all flaws are told at once, in the contract's order."""

    code = "901"
    status = 422

    def __init__(self, flaws: tuple[FieldFlaw, ...]) -> None:
        super().__init__()
        self.flaws = flaws


class TermsNotAccepted(RegistrationError):
    """A customer has to accept the terms to sign up."""

    code = "413"
    detail = "Terms and Conditions was not accepted."
    field = "accepted_terms"


class PasswordsDiffer(RegistrationError):
    """The password and its repetition are not the same."""

    code = "406"
    status = 422
    detail = "Value in field password should be identical to value in the confirmPassword field."
    field = "confirm_password"


class NewPasswordsDiffer(PasswordsDiffer):
    """The new password and its repetition are not the same."""

    detail = "Value in field newPassword should be identical to value in the confirmPassword field."


class EmailInUse(RegistrationError):
    """A confirmed customer has this address (told only with ``ExistingEmail=reveal``)."""

    code = "400"
    status = 422
    detail = (
        "If this email address is already in use, you will receive a password reset link. "
        "Otherwise you must first validate your e-mail address to finish registration. "
        "Please check your e-mail."
    )
    field = "email"


class EmailQuiet(EmailInUse):
    """The owner of the address said that it was somebody else, and gets no mail ``until`` then."""

    on_pages_only = True

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__()
        self.until = until


class InvalidEmail(RegistrationError):
    """The address is none that mail can be sent to."""

    code = "416"
    status = 422
    detail = "Invalid Email address format."
    field = "email"


class EmailTooLong(RegistrationError):
    """The address is longer than Glue's customers have."""

    code = "417"
    status = 422
    detail = "Email is too long. It should have 100 characters or less."
    field = "email"


class WeakPassword(RegistrationError):
    """The password is against the rules."""

    field = "password"


class PasswordTooShort(WeakPassword):
    """Fewer than 12 characters."""

    on_pages_only = True
    detail = "The password is too short."


class PasswordTooLong(WeakPassword):
    """More than 128 characters."""

    on_pages_only = True
    detail = "The password is too long."


class PasswordCharacters(WeakPassword):
    """``PasswordRules=glue``: a class of characters is missing."""

    on_pages_only = True
    detail = "The password character set is invalid."


class PasswordRepetition(WeakPassword):
    """``PasswordRules=glue``: the same character stands too often in a row."""

    code = "421"
    detail = "The password contains sequence of the same character."


class PasswordCommon(WeakPassword):
    """The password is one of the first that an attacker tries, or made of the owner's data."""

    code = "422"
    detail = "The password is listed as common."


class PasswordGarbled(WeakPassword):
    """The password holds U+FFFD, which can stand for any letter."""

    on_pages_only = True
    detail = "A character of the password was lost."


class WrongPassword(RegistrationError):
    """Not the customer's password."""

    code = "408"
    detail = "Invalid password"
    field = "password"


class LinkRefused(RegistrationError):
    """The link does not confirm anything (any more)."""

    code = "423"
    status = 422
    detail = "This email confirmation code is invalid or has been already used."


class LinkWrong(LinkRefused):
    """Cut, changed, signed for something else, or of a customer that is not there."""


class LinkExpired(LinkRefused):
    """Its time is over."""


class LinkReplaced(LinkRefused):
    """A newer link was sent; only the newest works."""


class CodeWrong(LinkRefused):
    """The digits are not those of the newest mail, or they are for another browser."""

    field = "code"


class AlreadyConfirmed(LinkRefused):
    """The address was confirmed before."""


class AccessRefused(RegistrationError):
    """Who asks is unknown, or may not."""


class AccessTokenMissing(AccessRefused):
    """The call is for customers who are signed in."""

    code = "002"
    status = 403
    detail = "Missing access token."


class AccessTokenInvalid(AccessRefused):
    """The bearer token is none of ours, or its time is over."""

    code = "001"
    status = 401
    detail = "Invalid access token."


class AuthenticationFailed(AccessRefused):
    """The address and the password do not open a verified customer's account."""

    code = "003"
    status = 401
    detail = "Failed to authenticate user."


class RefreshFailed(AccessRefused):
    """The refresh token is unknown, used, revoked or too old."""

    code = "004"
    status = 401
    detail = "Failed to refresh token."


class TwoIdentities(AccessRefused):
    """The request says that it comes from a customer and from a guest."""

    code = "005"
    status = 400
    detail = (
        "Headers request error. A user can't act as logged and not logged user at the same time."
    )


class Forbidden(AccessRefused):
    """Another customer's, to change or delete."""

    code = "411"
    status = 403
    detail = "Unauthorized request."


class EditorsOnly(Forbidden):
    """A viewer of the Back Office tries to change something."""

    on_pages_only = True


class CustomerNotFound(RegistrationError):
    """No such customer, or another's."""

    code = "402"
    status = 404
    detail = "Customer not found."


class ResetKeyWrong(RegistrationError):
    """The key of the mail was cut, changed, replaced or used."""

    code = "415"
    status = 422
    detail = "Restore password key is not valid."


class PasswordNotChanged(RegistrationError):
    """The password could not be changed; the key's time may be over."""

    code = "407"
    status = 400
    detail = "Failed to change password."


class CartNotFound(RegistrationError):
    """No such cart of this customer or guest."""

    code = "101"
    status = 404
    detail = "Cart with given uuid not found."


class CartItemNotFound(RegistrationError):
    """The cart has no such item."""

    code = "103"
    status = 404
    detail = "Item with the given group key not found in the cart."


class IfMatchMissing(RegistrationError):
    """Who changes a customer's cart has to say which version of it was seen, or ``*``."""

    code = "005"
    status = 428
    detail = "If-Match header is missing."


class IfMatchWrong(RegistrationError):
    """The cart was changed since the client has seen it, or never was as the client says."""

    code = "006"
    status = 412
    detail = "If-Match header value is invalid."


class TooManyCarts(RegistrationError):
    """The customer has as many carts as anybody may have."""

    code = "107"
    status = 422
    detail = "Failed to create cart."


class AnonymousIdEmpty(RegistrationError):
    """A guest's request has to carry the guest's id."""

    code = "109"
    status = 400
    detail = "Anonymous customer unique id is empty."


class PriceModeFixed(RegistrationError):
    """The price mode of a cart with items stays."""

    code = "111"
    status = 422
    detail = (
        "Can\N{RIGHT SINGLE QUOTATION MARK}t switch price mode when there are items in the cart."
    )


class CartForbidden(RegistrationError):
    """The cart is another's."""

    code = "115"
    status = 403
    detail = "Unauthorized cart action."


class CartsForbidden(RegistrationError):
    """The list is that of another customer's carts."""

    code = "802"
    status = 403
    detail = "Unauthorized request."


class ResourceIdMissing(RegistrationError):
    """The path names no resource."""

    detail = "Resource id is not specified."


class TooManyAttempts(RegistrationError):
    """Too many tries from one client, or with one address. ``retry_after``: seconds to wait."""

    code = "429"
    status = 429
    detail = "Too many attempts. Please try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after

    @property
    def minutes(self) -> int:
        """The minutes to wait."""
        return math.ceil(self.retry_after / 60)


class TooManyCodes(TooManyAttempts):
    """Too many codes were typed for one sign-up."""

    field = "code"


class PageUnknown(RegistrationError):
    """What says where a page of a list begins was changed, or belongs to another list."""

    on_pages_only = True
    detail = "There is no such page."


class SearchTooShort(RegistrationError):
    """One character finds half of all customers."""

    on_pages_only = True
    detail = "Please enter at least two characters."


class KeyMalformed(RegistrationError):
    """An Idempotency-Key has to be text of some length."""

    detail = "The Idempotency-Key has to be 1 to 255 printable ASCII characters."


class KeyReused(RegistrationError):
    """An Idempotency-Key stands for one body; another one needs a key of its own."""

    status = 422
    detail = "The Idempotency-Key was used with another body."


class Busy(RegistrationError):
    """Others changed the same customer again and again; nothing was done."""

    status = 503
    detail = "The service is busy. Please try again."


class FormExpired(RegistrationError):
    """A form was not sent from a page of ours, or from one that counts no more."""

    on_pages_only = True
    status = 403
    detail = "The form has expired. Open its page again."


class NotConfirmedYet(RegistrationError):
    """Something is for customers only whose address is proven."""

    on_pages_only = True
    status = 409
    detail = "The customer has not confirmed the address yet."


class ImportNotFound(RegistrationError):
    """There is no such import, or its reports have expired."""

    on_pages_only = True
    status = 404
    detail = "Import not found."
