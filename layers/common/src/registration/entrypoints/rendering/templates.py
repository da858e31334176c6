"""The templates of pages and mails, read once per process."""

from functools import cache

import jinja2
from jinja2 import Environment, FileSystemLoader, ModuleLoader

from registration.domain.typos import COMMON_DOMAINS, likely_meant
from registration.entrypoints.shop.folder import PACKAGE, PREPARED


@cache
def templates(folder: str) -> Environment:
    """Return the templates in a folder of the package.

    What is put into ``.html`` is escaped, into ``.txt`` not. A name that a template
    uses and nobody gave is an error, not a gap.
    """
    compiled = PREPARED / compiled_folder(folder)
    environment = Environment(
        loader=ModuleLoader(compiled) if compiled.is_dir() else FileSystemLoader(PACKAGE / folder),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals |= {"common_domains": COMMON_DOMAINS, "likely_meant": likely_meant}
    return environment


def compiled_folder(folder: str) -> str:
    """Return the name of a folder's templates as Python, which no other version of Jinja reads.

    Compiling a page takes a tenth of a second:
    https://jinja.palletsprojects.com/en/stable/api/#jinja2.ModuleLoader
    """
    return f"{folder}-jinja-{jinja2.__version__}"
