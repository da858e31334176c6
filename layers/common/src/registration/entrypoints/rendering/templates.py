"""The templates of pages and mails, read once per process."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from registration.domain.typos import COMMON_DOMAINS, likely_meant
from registration.entrypoints.shop.folder import PACKAGE


@cache
def templates(folder: str) -> Environment:
    """Return the templates in a folder of the package.

    What is put into ``.html`` is escaped, into ``.txt`` not. A name that a template
    uses and nobody gave is an error, not a gap.
    """
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals |= {"common_domains": COMMON_DOMAINS, "likely_meant": likely_meant}
    return environment
