"""Password rules and hashes."""

import string
import sys
import unicodedata

import argon2
import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.domain import errors, passwords
from registration.domain.passwords import (
    LONGEST,
    PasswordRules,
    check_password,
    hash_password,
    is_bcrypt,
    length_of,
    needs_rehash,
    password_matches,
)
from tests.support import quick_hashes

HASHED = "yFnn2mwWUTkf2p67w3nMv.1XiaO1H7zKpieChXFmuJwM6jGyJCtZq"
OWN = ("sonia.torres@example.com", "sonia.torres", "Sonia", "Torres", "")


@pytest.mark.parametrize(
    "password",
    [
        "sturdy teapot orbit",
        "correct horse battery staple",
        "Ein längeres Paßwort",
        "пароль из слов девять",
        "x7#kQp!2vLm9",
        "sonia likes long walks",
        "blue-kite-river",
        "kQ8-vv2-mmPx",
        "#a%^$@!&*)(x",
        "Zq8vKx2mWp5tRb9nYc3hLd7gFj4sQe6a" * 4,
    ],
)
def test_takes_a_good_password(password: str) -> None:
    check_password(password, PasswordRules.LENGTH, OWN)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", errors.PasswordTooShort),
        ("elevenchars", errors.PasswordTooShort),
        ("Zq8!" * 32 + "x", errors.PasswordTooLong),
        ("password1234", errors.PasswordCommon),
        ("PASSWORD1234", errors.PasswordCommon),
        ("123456789012", errors.PasswordCommon),
        ("qwertyuiop12", errors.PasswordCommon),
        ("aaaaaaaaaaaaaa", errors.PasswordCommon),
        (" " * 12, errors.PasswordCommon),
        ("sonia.torres", errors.PasswordCommon),
        ("Torres-Sonia", errors.PasswordCommon),
        ("sonia.torres@example.com", errors.PasswordCommon),
        ("soniatorres99", errors.PasswordCommon),
        ("Summer2026!!", errors.PasswordCommon),
        ("!!Winter!!2031", errors.PasswordCommon),
        ("Frühling-2027", errors.PasswordCommon),
        ("Dezember.2026", errors.PasswordCommon),
        ("Welcome_2026!", errors.PasswordCommon),
        ("Liverpool2025", errors.PasswordCommon),
        ("m o n k e y 1 2 3", errors.PasswordCommon),
        ("............a", errors.PasswordCommon),
    ],
)
def test_refuses_a_bad_one(password: str, error: type[errors.WeakPassword]) -> None:
    with pytest.raises(error):
        check_password(password, PasswordRules.LENGTH, OWN)


def test_counts_characters_not_bytes_in_the_form_that_is_hashed() -> None:
    decomposed = "u\u0308" * 6 + "qzrxkw"

    check_password("ü" * 4 + "qzrxkwjv", PasswordRules.LENGTH)
    check_password(decomposed, PasswordRules.LENGTH)
    with pytest.raises(errors.PasswordTooShort):
        check_password("u\u0308" * 6 + "qzrxk", PasswordRules.LENGTH)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("lower9cased!word", errors.PasswordCharacters),
        ("UPPER9CASED!WORD", errors.PasswordCharacters),
        ("NoDigits!AtAllHere", errors.PasswordCharacters),
        ("NoSpecial9AtAllHere", errors.PasswordCharacters),
        ("Only spaces 9 as special", errors.PasswordCharacters),
        ("Repeats111!Orbit", errors.PasswordRepetition),
    ],
)
def test_glue_rules_ask_for_classes_and_no_repetition(
    password: str, error: type[errors.WeakPassword]
) -> None:
    check_password(password, PasswordRules.LENGTH)

    with pytest.raises(error):
        check_password(password, PasswordRules.GLUE)


def test_glue_rules_accept_all_four_classes() -> None:
    check_password("Sturdy9!Teapot", PasswordRules.GLUE)
    check_password("Sturdy99!Teapot", PasswordRules.GLUE)


def test_a_hash_is_argon2id_with_the_parameters_of_the_design(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "_hasher", quick_hashes.REAL)

    kept = hash_password("sturdy teapot orbit")

    assert kept.startswith("$argon2id$v=19$m=12288,t=3,p=1$")
    assert not needs_rehash("sturdy teapot orbit", kept)
    assert password_matches("sturdy teapot orbit", kept)
    assert not password_matches("sturdy teapot orbiT", kept)
    assert kept != hash_password("sturdy teapot orbit")


@pytest.mark.parametrize(("memory", "passes"), [(19456, 2), (12288, 2), (47104, 1), (8, 1)])
def test_a_hash_with_other_parameters_verifies_and_needs_a_new_one(
    monkeypatch: pytest.MonkeyPatch, memory: int, passes: int
) -> None:
    monkeypatch.setattr(passwords, "_hasher", quick_hashes.REAL)
    before = argon2.PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)

    kept = before.hash("sturdy teapot orbit")

    assert password_matches("sturdy teapot orbit", kept)
    assert not password_matches("sturdy teapot orbiT", kept)
    assert needs_rehash("sturdy teapot orbit", kept)


def test_the_same_password_matches_however_a_keyboard_composes_it() -> None:
    kept = hash_password("Gr\u00fc\u00dfe aus K\u00f6ln")

    assert password_matches("Gru\u0308\u00dfe aus Ko\u0308ln", kept)


@pytest.mark.parametrize("prefix", [b"$2a$", b"$2b$", b"$2y$"])
def test_bcrypt_hashes_of_an_import_verify(prefix: bytes) -> None:
    kept = (prefix + bcrypt.hashpw(b"change123", bcrypt.gensalt(4))[4:]).decode()

    assert is_bcrypt(kept)
    assert password_matches("change123", kept)
    assert not password_matches("change124", kept)


def test_a_long_password_matches_its_bcrypt_hash_of_72_bytes() -> None:
    kept = bcrypt.hashpw(b"p" * 72, bcrypt.gensalt(4)).decode()

    assert password_matches("p" * 100, kept)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "change123",
        "$2b$10$short",
        "$2x$10$" + HASHED,
        "$1$salt$hash",
        "$2b$03$" + HASHED,
        "$2b$16$" + HASHED,
        "$2b$10$" + "z" * 53,
        "$2b$10$" + HASHED[:-1] + "z",
        "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
        "$2b$10$" + "é" * 53,
        "é",
    ],
)
def test_other_texts_are_no_bcrypt_hashes_and_match_no_password(text: str) -> None:
    assert not is_bcrypt(text)
    assert not password_matches("change123", text)


def test_a_password_that_is_no_text_matches_nothing() -> None:
    assert not password_matches("\ud800", hash_password("change123"))
    assert not password_matches("\ud800", "$2b$04$" + HASHED)


def test_the_last_characters_of_salt_and_digest_are_those_that_bcrypt_writes() -> None:
    alphabet = "./0123456789" + string.ascii_letters
    usable = [at for at in alphabet if is_bcrypt(f"$2b$04${HASHED[:21]}{at}{HASHED[22:]}")]
    written = [at for at in alphabet if is_bcrypt(f"$2b$04${HASHED[:-1]}{at}")]

    # 128 bits of salt and 184 of the digest, six in a character: two and four are left over.
    assert [alphabet.index(at) for at in (usable[0], written[0])] == [0, 0]
    assert (len(usable), len(written)) == (4, 16)
    for n in range(50):
        assert is_bcrypt(bcrypt.hashpw(str(n).encode(), bcrypt.gensalt(4)).decode())


@given(
    st.text(
        st.sampled_from(
            "a\u03b1\u0313\u0300\u0345\u0301\u1f82\u1100\u1161\u11a8\uac01\ufb03\ufdfa"
        ),
        min_size=100,
        max_size=1200,
    )
)
def test_a_password_that_is_cut_is_too_long_in_any_case(typed: str) -> None:
    normal = len(unicodedata.normalize("NFKC", typed))

    assert (length_of(typed) > LONGEST) == (normal > LONGEST)
    if normal <= LONGEST:
        assert length_of(typed) == normal


def test_normalisation_makes_one_character_of_four_at_the_most() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    parts = (unicodedata.normalize("NFKD", character) for character in characters)

    longest = max(len(part) for part in parts if len(unicodedata.normalize("NFKC", part)) == 1)

    assert longest == 4
