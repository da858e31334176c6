"""What the API calls the fields."""

NAMES = {
    "salutation": "salutation",
    "first_name": "firstName",
    "last_name": "lastName",
    "gender": "gender",
    "email": "email",
    "password": "password",
    "confirm_password": "confirmPassword",
    "accepted_terms": "acceptedTerms",
    "date_of_birth": "dateOfBirth",
    "phone": "phone",
    "company": "company",
    "locale": "localeName",
    "registration_key": "registrationKey",
    "code": "code",
    "customer_reference": "customerReference",
    "username": "username",
    "refresh_token": "refreshToken",
    "new_password": "newPassword",
    "restore_password_key": "restorePasswordKey",
    "sku": "sku",
    "quantity": "quantity",
    "name": "name",
    "currency": "currency",
    "store": "store",
    "price_mode": "priceMode",
}
"""The contract's names of the domain's fields."""


def api_name(field: str) -> str:
    """Return the contract's name of a field: a shop's own fields are called as Glue would."""
    first, *words = field.split("_")
    return NAMES.get(field) or first + "".join(map(str.capitalize, words))
