"""The layer keeps what Babel needs for each language, and leaves out the rest."""

from pathlib import Path

import pytest
from babel.core import Locale, get_global
from babel.localedata import locale_identifiers

from deploy import layer


def kept(folder: Path, locales: list[str]) -> set[str]:
    """Return what is kept of all that Babel has."""
    for name in ("root", *locale_identifiers()):
        (folder / f"{name}.dat").touch()
    layer._keep_locales(folder, locales)
    return {path.stem for path in folder.iterdir()}


@pytest.mark.parametrize(
    "locale", ["de_DE", "en_GB", "es_MX", "nb_NO", "pt_AO", "zh_CN", "zh_TW", "sr_RS", "pa_PK"]
)
def test_a_language_has_all_that_it_inherits_from(tmp_path: Path, locale: str) -> None:
    found = kept(tmp_path, [locale])

    wanted, parents = str(Locale.parse(locale)), get_global("parent_exceptions")
    assert wanted in found
    while "_" in wanted or wanted in parents:
        wanted = parents.get(wanted, wanted.rpartition("_")[0])
        assert wanted in found
    assert {name[:2] for name in found} <= {"ro", "no", locale[:2]}


def test_no_language_inherits_from_another_but_norwegian() -> None:
    parents = get_global("parent_exceptions")

    elsewhere = {name for name in parents if parents[name][:2] != name[:2]}
    # Hindi in Latin letters is no locale of ours: those are a language and a country.
    assert elsewhere - {"hi_Latn"} == {"nb", "nn"}


def test_the_layer_has_the_shops_languages_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "texts" / "da_DK").mkdir(parents=True)
    (tmp_path / "texts" / "README.md").touch()
    monkeypatch.setenv("SHOP_FOLDER", str(tmp_path))

    assert {"da_DK", "en_US", "pl_PL"} <= set(layer._locales())
    assert "README.md" not in layer._locales()
