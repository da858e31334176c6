"""All samples, in groups."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from local.preview import storefront
from local.preview.back_office import BACK_OFFICE
from local.preview.mails import mail
from local.preview.writers import Writers
from registration.application.ports import RenderedMail
from registration.domain.mail.mails import MailKind


@dataclass(frozen=True)
class Shown:
    """A page or a mail of the preview: what is rendered, and its address."""

    name: str
    page: Callable[[Writers], str] | None = None
    mail: Callable[[Writers], RenderedMail] | None = None

    @property
    def slug(self) -> str:
        """The name in addresses."""
        kind = "mail" if self.mail else "page"
        return re.sub(r"\W+", "-", f"{kind} {self.name}".lower()).strip("-")


PAGES = {
    "Signing up": storefront.SIGNING_UP,
    "Logging in": storefront.LOGGING_IN,
    "Account": storefront.ACCOUNT,
    "Shop, cart and checkout": storefront.SHOPPING,
    "Problems": storefront.PROBLEMS,
    "Back Office": BACK_OFFICE,
    "Developers": storefront.DEVELOPERS,
}

GROUPS: Mapping[str, tuple[Shown, ...]] = {
    "Mails": tuple(Shown(kind.replace("_", " "), mail=partial(mail, kind)) for kind in MailKind),
    **{
        group: tuple(Shown(sample.name, page=sample.render) for sample in samples)
        for group, samples in PAGES.items()
    },
}
"""What the preview shows."""

ALL: Mapping[str, Shown] = {each.slug: each for group in GROUPS.values() for each in group}
"""By their names in addresses."""
