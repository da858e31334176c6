"""Values of a shop's own fields in words."""

from registration.domain.fields.own import Kind, OwnField, OwnValue, as_text, in_language
from registration.domain.fields.rules import iso_date
from registration.entrypoints.rendering.times import day


def in_words(field: OwnField, value: OwnValue, locale: str) -> str:
    """Return a value in a language; nothing of one that was kept before the field changed."""
    if field.kind is Kind.CHOICE:
        return in_language(field.options.get(str(value), {}), locale)
    if field.kind is Kind.DATE:
        date = iso_date(value)
        return day(date, locale) if date else ""
    if field.kind is Kind.NUMBER:
        return "" if isinstance(value, str | bool) else _number(value, locale)
    text = as_text(value)
    return text if field.pattern is None or field.pattern.fullmatch(text) else ""


def _number(value: float, locale: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 - few mails tell a number

    return format_decimal(value, locale=locale, decimal_quantization=False)
