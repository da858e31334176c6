"""Writing mails: the templates in ``mails/``, filled in.

A name or an address in a mail is data of whoever signed up, perhaps with somebody
else's address. It is never a template, is escaped in HTML, and stands on one line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registration.application.ports import Letter
from registration.domain.links import Purpose
from registration.domain.mails import Mail
from registration.entrypoints.locales import fitting_locale
from registration.entrypoints.templates import templates

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION_MARKS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Mail clients make links of these by themselves, and a sign-up can go to anybody's
# address: a greeting must not be where a stranger advertises.
_ADVERTISEMENT = re.compile(r"\w{2,}[.\u3002\uff0e\uff61]\w{2,}|@|//|\d{3,}")
_LONGEST_GREETED = 60


@dataclass(frozen=True)
class Letters:
    """Writes each mail in its customer's language.

    Parameters
    ----------
    shop_name
        The shop that the mail comes from.
    default_locale
        For a customer who has not said which language to write in.
    link_hours
        For how many hours a link works, by its purpose.
    """

    shop_name: str
    default_locale: str
    link_hours: Mapping[Purpose, int]

    def __call__(self, mail: Mail, target: str) -> Letter:
        """Write a mail whose link leads to ``target``."""
        locale = fitting_locale(mail.locale, self.default_locale)
        content = {
            "shop_name": _one_line(self.shop_name),
            "link_hours": self.link_hours.get(mail.purpose, 0) if mail.purpose else 0,
            "lang": locale.replace("_", "-"),
            "name": _greeted_name(mail),
            "link": target,
        }

        def rendered(part: str) -> str:
            return templates("mails").get_template(f"{mail.kind}/{locale}/{part}").render(content)

        return Letter(
            _one_line(rendered("subject.txt")), rendered("body.txt"), rendered("body.html")
        )


def _greeted_name(mail: Mail) -> str:
    name = _one_line(f"{mail.first_name or ''} {mail.last_name or ''}")
    return "" if len(name) > _LONGEST_GREETED or _ADVERTISEMENT.search(name) else name


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", _DIRECTION_MARKS.sub("", text)).strip()
