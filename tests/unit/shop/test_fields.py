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

    assert "own.a: earliest is after latest" in problem


@pytest.mark.parametrize(
    "option",
    [" s", "s ", "e\\u0301", "a\\nb", "x\\u0000", "\\ufffd", "a\\u200bb", "a\\u202eb", "", " "],
)
def test_options_are_written_as_they_are_kept(tmp_path: Path, option: str) -> None:
    (problem,) = problems(tmp_path, an_own("choice", f'options = {{"{option}" = "X", s = "S"}}'))

    assert "own.a: " in problem
    assert "among the options" in problem


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("fields.toml", an_own(more="pattern = 'a{99999999999999999}'"), "pattern is no regular"),
        ("fields.toml", an_own(more=f"pattern = '{'(' * 3000}'"), "pattern is no regular"),
        (
            "fields.toml",
            an_own(more=f"pattern = '{'(' * 3000}{')' * 3000}'"),
            "pattern is no regular",
        ),
        ("fields.toml", f"a = {'[' * 3000}{']' * 3000}", "fields.toml: no TOML: "),
        ("fields.toml", f"a = {'9' * 5000}", "fields.toml: no TOML: "),
        ("legal.toml", f"version = {'{a=' * 3000}1{'}' * 3000}", "legal.toml: no TOML: "),
        ("brand.toml/x", "", "shop/brand.toml: this cannot be read: "),
        ("texts/en_US/a.toml/x", "", "shop/texts/en_US/a.toml: this cannot be read: "),
        ("brand.toml", f"icon = '{'x' * 300}.png'", "shop/brand.toml, icon: "),
        ("brand.toml", f"icon = '{'x/' * 5000}.png'", "shop/brand.toml, icon: "),
        ("brand.toml", "icon = 'loop.png'", "shop/brand.toml, icon: "),
        ("brand.toml", "icon = 'loop.png/a.png'", "shop/brand.toml, icon: "),
        ("brand.toml", 'icon = "a\\u0000.png"', "shop/brand.toml, icon: "),
    ],
)
def test_whatever_a_folder_holds_the_check_tells_a_line(
    tmp_path: Path, file: str, content: str, told: str
) -> None:
    (tmp_path / "loop.png").symlink_to("loop.png")

    (problem,) = problems(tmp_path, content, file)

    assert told in problem
    assert "null byte" not in problem
    assert "\n" not in problem


def test_a_file_may_begin_with_the_mark_that_windows_writes(tmp_path: Path) -> None:
    assert problems(tmp_path, b"\xef\xbb\xbf" + an_own().encode()) == []


OF_PYDANTIC = re.compile(r"(?i)input should|valid |instance of|_Own|literal\[|string should|^\^")


@pytest.mark.parametrize(
    ("file", "toml", "told"),
    [
        ("fields.toml", an_own("Text"), "own.a.type: 'Text' is not known. Did you mean 'text'?"),
        ("fields.toml", an_own("TEXT"), "own.a.type: 'TEXT' is not known. Use one of "),
        ("fields.toml", "[own.a]\ntype = 1\nlabel = 'A'", "own.a.type: 1 is not known. Use one of"),
        ("fields.toml", "[gender]\nask = ['no']", "gender.ask: ['no'] is not known. Use one of "),
        ("fields.toml", an_own(more="lables = 'A'"), "own.a.lables: this key is not known. Did"),
        ("fields.toml", an_own(more="require = true"), "own.a.require: this key is not known. Use"),
        ("fields.toml", an_own(more="Import = 'no'"), "own.a.Import: this key is not known. Did"),
        ("fields.toml", an_own("date", "earliest = '2020-01-01'"), "own.a.earliest: write a day"),
        ("fields.toml", an_own("date", "latest = 'todai'"), "own.a.latest: write a day"),
        ("fields.toml", an_own("date", "latest = 2020-01-01T00:00:00Z"), "own.a.latest: write a"),
        ("fields.toml", an_own("date", "latest = 12:00:00"), "own.a.latest: write a day"),
        ("fields.toml", an_own(more="example = [1]"), "own.a.example: write a text, a number, a"),
        ("fields.toml", an_own(more="example = 12:00:00"), "own.a.example: write a text, a number"),
        ("fields.toml", "own = 'x'", "own: write a table"),
        ("fields.toml", "own.a = 'x'", "own.a: write a table"),
        ("fields.toml", "gender = 'no'", "gender: write a table"),
        ("fields.toml", an_own("choice", "options = ['s']"), "own.a.options: write a table"),
        ("fields.toml", an_own(more="in_mails = 'yes'"), "own.a.in_mails: write true or false, "),
        ("fields.toml", an_own(more="longest = '5'"), "own.a.longest: write a whole number, "),
        ("fields.toml", an_own(more="longest = 5.5"), "own.a.longest: write a whole number, "),
        ("fields.toml", an_own(more="longest = 256"), "own.a.longest: it has to be 255 or less."),
        ("fields.toml", an_own(more="longest = 0"), "own.a.longest: it has to be 1 or more."),
        ("fields.toml", an_own(more="pattern = 5"), "own.a.pattern: write a text in quotation"),
        ("fields.toml", an_own("consent", "version = 5"), "own.a.version: write a text in quot"),
        ("brand.toml", "[colours]\naccent = 'red'", "colours.accent: write a colour like #8a0f3c."),
        ("brand.toml", "[footer]\ntext = 'x'", "footer: write it with two brackets: [[footer]]."),
        ("brand.toml", "radius = '1rem'", "radius: write a whole number, without quotation"),
        ("legal.toml", "version = 'a b'", "version: write up to 32 letters, digits"),
        ("legal.toml", "version = 2026-01-01", "version: write a text in quotation marks."),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(
    tmp_path: Path, file: str, toml: str, told: str
) -> None:
    (problem,) = problems(tmp_path, toml, file)

    assert told in problem
    assert not OF_PYDANTIC.search(problem)
