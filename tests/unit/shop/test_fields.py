"""``shop/fields.toml``: what is taken of a shop's own fields, and what is told of the rest."""

import re
from datetime import date
from pathlib import Path

import pytest

from registration.entrypoints.rendering.api_names import api_name
from registration.entrypoints.shop import check
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import ShopError
from registration.entrypoints.shop.texts import blanks, our_texts
from tests.support.shops.texts import a_shop

PACKAGE = Path(check.__file__).parents[2]


def an_own(kind: str = "text", more: str = "", name: str = "a") -> str:
    """Return the table of a field that is right but for what is said besides."""
    needed = {"choice": "options.s = 'S'\n", "consent": "version = '1'\n"}
    label = "" if "label" in more else "label = 'A'\n"
    rest = "" if "options" in more or "version" in more else needed.get(kind, "")
    return f"[own.{name}]\ntype = '{kind}'\n{label}{rest}{more}\n"


def problems(folder: Path, toml: str | bytes, file: str = "fields.toml") -> list[str]:
    """Return what the check tells of a file."""
    with a_shop(folder, {file: toml}):
        return check.problems()


@pytest.mark.parametrize(
    ("one", "other"), [("line_2", "line2"), ("a_1b", "a1b"), ("x_1_2", "x12"), ("x1_2", "x_12")]
)
def test_two_fields_that_the_api_would_call_the_same_are_refused(
    tmp_path: Path, one: str, other: str
) -> None:
    (problem,) = problems(tmp_path, an_own(name=one) + an_own(name=other))

    assert f"own.{other}: the API would call it {api_name(other)!r}, as own.{one}." in problem


@pytest.mark.parametrize("name", ["id", "type", "links", "relationships"])
def test_what_json_api_keeps_for_itself_is_taken(tmp_path: Path, name: str) -> None:
    assert "this name is taken" in problems(tmp_path, an_own(name=name))[0]


def test_whatever_our_mails_fill_in_is_taken(tmp_path: Path) -> None:
    layouts = [path.read_text("utf-8") for path in PACKAGE.rglob("mails/layout.*")]
    passed = {name for text in layouts for name in re.findall(r"say\([^)]*, (\w+)=", text)}
    mails = (text for key, text in our_texts("en_US").items() if key.startswith("mail."))
    filled_in = passed.union(*map(blanks, mails))
    assert {"button"} <= passed
    assert {"name", "shop"} <= filled_in

    for name in filled_in:
        assert "this name is taken" in problems(tmp_path, an_own(name=name))[0], name


@pytest.mark.parametrize(
    ("file", "toml"),
    [
        ("brand.toml", "[[footer]]\ntext = {}\naddress = 'https://x.example'"),
        ("brand.toml", "[[footer]]\ntext = 'X'\naddress = {}"),
        ("legal.toml", "terms = {}"),
        ("fields.toml", an_own("consent", "label = {}")),
        ("fields.toml", an_own(more="hint = {}")),
        ("fields.toml", an_own("choice", "options.s = {}")),
    ],
)
def test_a_text_in_no_language_is_none(tmp_path: Path, file: str, toml: str) -> None:
    (problem,) = problems(tmp_path, toml, file)

    assert "it is empty: leave the key out, or write something." in problem


@pytest.mark.parametrize("version", ["", "  ", "\\t", "\\u00a0", "\\u200b"])
def test_a_version_of_a_consent_says_something(tmp_path: Path, version: str) -> None:
    (problem,) = problems(tmp_path, an_own("consent", f'version = "{version}"'))

    assert "version" in problem


def test_a_version_has_no_spaces_around_it(tmp_path: Path) -> None:
    with a_shop(tmp_path, {"fields.toml": an_own("consent", "version = ' 2026-01 '")}):
        assert customer_fields().named["a"].version == "2026-01"


def test_a_wrong_shop_is_an_error_of_the_shop(tmp_path: Path) -> None:
    with a_shop(tmp_path, {"fields.toml": an_own("nothing")}), pytest.raises(ShopError):
        customer_fields()


@pytest.mark.parametrize("key", ["least", "most"])
@pytest.mark.parametrize(
    "number", ["inf", "-inf", "nan", "1e400", "1000000000001", "-1e13", "'5'", "true", "9" * 4000]
)
def test_the_ends_of_a_number_are_numbers(tmp_path: Path, key: str, number: str) -> None:
    (problem,) = problems(tmp_path, an_own("number", f"{key} = {number}"))

    assert f"own.a.{key}: " in problem
    assert "write a number from -1000000000000 to 1000000000000" in problem.replace(",", "")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("number", "example = 'foo'"),
        ("number", "example = inf"),
        ("number", "example = nan"),
        ("number", "example = true"),
        ("number", "example = 11\nmost = 10"),
        ("number", "example = 1e300"),
        ("choice", "example = 'x'"),
        ("choice", "example = 1"),
        ("choice", "example = ''"),
        ("date", "example = '31.5.2020'"),
        ("date", "example = 2020-05-31\nlatest = 2020-05-30"),
        ("date", "example = '2999-01-01'\nlatest = 'today'"),
        ("text", "example = 'four'\nlongest = 3"),
        ("text", "example = 'four'\nshortest = 5"),
        ("text", "example = 4"),
        ("text", "example = ''"),
        ("text", "example = 'fi\\u0000ve'".replace("'", '"')),
        ("text", "example = 'four'\npattern = 'five'"),
        ("checkbox", "example = 'maybe'"),
        ("consent", "example = 7"),
    ],
)
def test_an_example_passes_the_fields_own_rule(tmp_path: Path, kind: str, more: str) -> None:
    (problem,) = problems(tmp_path, an_own(kind, more))

    assert re.search(r"own\.a: the example .+ does not pass: .+\.$", problem), problem


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("number", "most = 0"),
        ("number", "most = -3"),
        ("number", "least = 7"),
        ("date", "latest = 1950-01-01"),
        ("date", "earliest = 2050-01-01"),
        ("date", "example = 2020-05-31"),
        ("text", "shortest = 255"),
        ("text", "pattern = '[a-z]+'\nexample = 'abc'"),
        ("checkbox", "example = false"),
    ],
)
def test_a_field_has_an_example_that_passes(tmp_path: Path, kind: str, more: str) -> None:
    with a_shop(tmp_path, {"fields.toml": an_own(kind, more)}):
        (field,) = customer_fields().own

    assert field.rule(required=False).flaw_in({"a": field.example}, date(2000, 1, 2)) is None


def test_a_day_that_is_not_yet_is_no_earliest_one_before_today(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, an_own("date", "earliest = 2999-01-01\nlatest = 'today'"))

    assert "own.a: earliest is after latest." in problem


@pytest.mark.parametrize(
    "option",
    [" s", "s ", "e\\u0301", "a\\nb", "x\\u0000", "\\ufffd", "a\\u200bb", "a\\u202eb", "", " "],
)
def test_options_are_written_as_they_are_kept(tmp_path: Path, option: str) -> None:
    (problem,) = problems(tmp_path, an_own("choice", f'options = {{"{option}" = "X", s = "S"}}'))

    assert "own.a: " in problem
    assert "among the options" in problem
