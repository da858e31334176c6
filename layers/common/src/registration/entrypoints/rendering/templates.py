"""The templates of pages and mails, read once per process."""

from functools import cache
from typing import TYPE_CHECKING

from registration.domain.typos import COMMON_DOMAINS, likely_meant
from registration.entrypoints.shop.folder import PACKAGE, PREPARED

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates(folder: str) -> "Environment":
    """Return the templates in a folder of the package.

    What is put into ``.html`` is escaped, into ``.txt`` not. A name that a template
    uses and nobody gave is an error, not a gap.
    """
    # Imported here: most answers of the API have no template.
    import jinja2  # noqa: PLC0415

    compiled = PREPARED / compiled_folder(folder)
    sources = PACKAGE / folder
    environment = jinja2.Environment(
        loader=jinja2.ModuleLoader(compiled)
        if compiled.is_dir()
        else jinja2.FileSystemLoader(sources),
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
    import jinja2  # noqa: PLC0415

    return f"{folder}-jinja-{jinja2.__version__}"
