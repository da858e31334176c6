"""Writing mails: the one layout in ``mails/``, filled with the texts of a language.

A name or an address in a mail is what a stranger typed, perhaps with somebody
else's address. It is never a template, is escaped in HTML, and stands on one line.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from textwrap import fill

from markupsafe import Markup, escape

from registration.application.ports import Clock, InlineImage, RenderedMail, Withdrawals
from registration.domain.fields.own import Kind, OwnField
from registration.domain.links import Purpose
from registration.domain.mail.mails import Mail
from registration.entrypoints.rendering.locales import direction, fitting_locale, language_tag
from registration.entrypoints.rendering.look import footer_links
from registration.entrypoints.rendering.mail_look import LOGO, dark_rules, logo_size, styles
from registration.entrypoints.rendering.own_values import in_words
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.rendering.times import moment, span
from registration.entrypoints.shop.brand import brand
from registration.frozen import dataclass

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION_MARKS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# A sign-up can go to anybody's address, so a greeting must not be where a stranger advertises: it
# has no digits and no other signs than these. The last two join the letters of some scripts.
_SIGNS_IN_NAMES = frozenset(" '\u2019-\u2010\u2011.\u200c\u200d")
# Mail clients make links of these by themselves. Initials have one letter each: J.R.R.
_LINK = re.compile(r"\.\w{2}")
# And of these in a text with a pattern, which may hold other signs than a name.
_LINK_IN_TEXT = re.compile(r"[.\u3002\uff0e\uff61]\w{2}|//|@|\b(?:mailto|tel):", re.IGNORECASE)
_LONGEST_GREETED = 60
_LINE = 72


@dataclass(frozen=True)
class MailRenderer:
    """Writes each mail in its customer's language.

    Parameters
    ----------
    shop_name
        The shop that the mail comes from.
    default_locale
        For a customer who has not said which language to write in.
    lifetimes
        For how long a link works, by its purpose.
    clock
        Tells how much of that is left when a mail is written.
    time_zone
        Where the clock hangs that mails tell the time by.
    replies
        Whether somebody reads what is answered to a mail.
    code_in_subject
        Whether a code stands in the subject, too, where a locked phone shows it.
    own_fields
        The shop's own fields that texts of mails may hold, by their names.
    """

    shop_name: str
    default_locale: str
    lifetimes: Mapping[Purpose, timedelta]
    clock: Clock
    time_zone: tzinfo = UTC
    replies: bool = False
    code_in_subject: bool = False
    own_fields: tuple[OwnField, ...] = ()

    def __call__(
        self,
        mail: Mail,
        target: str,
        code: str = "",
        not_me: str = "",
        withdrawals: Withdrawals = (),
    ) -> RenderedMail:
        """Write a mail whose link leads to ``target``, with the code beside it.

        A second link, for who has not signed up, leads to ``not_me``; ``withdrawals`` are at its
        foot.
        """
        locale, logo = fitting_locale(mail.locale, self.default_locale), brand().mail_logo
        own = {each.name: _told(each, mail, locale) for each in self.own_fields}
        values = {
            "shop": _one_line(self.shop_name),
            "name": _greeted_name(mail),
            "since": mail.quiet_since and moment(mail.quiet_since, self.time_zone, locale),
            **self._validity(mail, locale),
        }
        content = {
            **values,
            "lang": language_tag(locale),
            "dir": direction(locale),
            "shop_name": values["shop"],
            "link": target,
            "code": _grouped(code) if code else "",
            "not_me": not_me,
            "withdrawals": withdrawals,
            "replies": self.replies,
            "links": footer_links(locale),
            "brand": brand(),
            "logo": LOGO if logo else "",
            "logo_size": logo_size(),
            "style": styles(),
            "dark_rules": dark_rules(),
        }

        def said(key: str) -> str:
            own = f"mail.{mail.kind}.{key}"
            return texts(locale)[own if own in texts(locale) else f"mail.{key}"]

        def plain(key: str, **more: str) -> str:
            return said(key).format_map({**own, **values, **more})

        def html(key: str) -> Markup:
            # What is put in is escaped, too; a name may be written in the other direction.
            typed = {**own, "name": values["name"]}
            apart = {name: Markup("<bdi>{}</bdi>").format(text) for name, text in typed.items()}
            return escape(said(key)).format_map({**values, **apart})

        first = f"{content['code']}: " if code and self.code_in_subject else ""
        layout = templates("mails").get_template
        return RenderedMail(
            first + _one_line(plain("subject")),
            _wrapped(layout("layout.txt").render(content, say=plain)),
            layout("layout.html").render(content, say=html),
            (InlineImage(LOGO, logo.name, logo.media_type, logo.content),) if logo else (),
        )

    def _validity(self, mail: Mail, locale: str) -> dict[str, str]:
        """Return until when the link works, if not for ever, and for how long that is from now."""
        lifetime = self.lifetimes.get(mail.purpose) if mail.purpose else None
        if mail.purpose is None or lifetime is None:
            return {"until": "", "lasts": ""}
        until = mail.link(mail.purpose, lifetime).expires_at
        return {
            "until": moment(until, self.time_zone, locale),
            "lasts": span(until - self.clock(), locale),
        }


def _grouped(code: str) -> str:
    """Return the digits of a code in two groups, which are easier to read and to type."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


def _greeted_name(mail: Mail) -> str:
    name = _one_line(f"{mail.first_name or ''} {mail.last_name or ''}")
    return name if len(name) <= _LONGEST_GREETED and _is_a_name(name) else ""


def _told(field: OwnField, mail: Mail, locale: str) -> str:
    """Return a value of the shop's own field; nothing of what a stranger may advertise with."""
    value = mail.own.get(field.name)
    text = "" if value is None else _one_line(in_words(field, value, locale))
    if field.kind is not Kind.TEXT:
        return text
    safe = not _LINK_IN_TEXT.search(text) if field.pattern else _is_a_name(text)
    return text if safe and len(text) <= _LONGEST_GREETED else ""


def _is_a_name(text: str) -> bool:
    letters = all(unicodedata.category(each)[0] in "LM" or each in _SIGNS_IN_NAMES for each in text)
    return letters and not _LINK.search(text)


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", _DIRECTION_MARKS.sub("", text)).strip()


def _wrapped(text: str) -> str:
    # A link stays whole, however long: a broken one does not work.
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "".join(
        f"{fill(paragraph.strip(), _LINE, break_long_words=False, break_on_hyphens=False)}\n\n"
        for paragraph in paragraphs
    ).removesuffix("\n")
