"""All samples, in groups."""

from collections.abc import Mapping
from functools import partial

from local.preview import storefront
from local.preview.back_office import BACK_OFFICE
from local.preview.mails import mail
from local.preview.storefront import Sample
from registration.domain.mail.mails import MailKind

GROUPS: Mapping[str, tuple[Sample, ...]] = {
    "Mails": tuple(
        Sample(f"mail: {kind.replace('_', ' ')}", partial(mail, kind)) for kind in MailKind
    ),
    "Signing up": storefront.SIGNING_UP,
    "Logging in": storefront.LOGGING_IN,
    "Account": storefront.ACCOUNT,
    "Shop, cart and checkout": storefront.SHOPPING,
    "Problems": storefront.PROBLEMS,
    "Back Office": BACK_OFFICE,
    "Developers": storefront.DEVELOPERS,
}
"""What the preview shows."""

ALL: Mapping[str, Sample] = {each.slug: each for group in GROUPS.values() for each in group}
"""By their names in addresses."""
