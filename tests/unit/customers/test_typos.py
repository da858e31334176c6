"""Which address somebody meant who mistyped the domain of a common provider."""

import random
import string
import time

import pytest

from registration.domain.typos import COMMON_DOMAINS, likely_meant

NEAR_MISSES = {
    # Two letters swapped, one left out, one too many, a wrong one, a key beside it.
    "gmail.com": "gmial.com gamil.com gmail.co gmail.cm gmaill.com gnail.com gmail.con ggmail.com "
    "hmail.com gmil.com gmai.com gmal.com gmail.comm gmail.vom gmail,com gmail.com. gmailcom",
    # Two at once, in a name that is long enough.
    "hotmail.com": "hotmial.con hotmal.com homtail.com hotmail.cmo hotamil.co hotnail.com",
    "googlemail.com": "goglemail.com googelmail.com googlemail.co",
    "outlook.com": "outlok.com outloook.com outlook.con otulook.com oulook.com",
    "icloud.com": "iclod.com icoud.com icloud.con iclould.com iclud.co",
    "yahoo.com": "yaho.com yahooo.com yahoo.con yhaoo.com",
    "web.de": "wbe.de web.d webb.de web.dee we.de ewb.de web.se wed.de",
    "gmx.de": "gmx.dee gxm.de gmx.d mgx.de gmxx.de",
    "t-online.de": "t-onlin.de tonline.de t-onlien.de t-online.d t.online.de",
    "freenet.de": "frenet.de freenet.d fereenet.de",
    "protonmail.com": "protonmial.com protonmal.con",
    "proton.me": "protn.me porton.me proton.em",
    "bluewin.ch": "bluwin.ch bluewin.c",
    "orange.fr": "ornage.fr orang.fr",
    "hotmail.co.uk": "hotmial.co.uk hotmail.co.k",
    "mailbox.org": "mailbx.org malibox.org",
    "posteo.de": "postoe.de psoteo.de",
}
MISTYPED = [(typed, meant) for meant, many in NEAR_MISSES.items() for typed in many.split()]
# Real ones that stand near others: a question there would be a wrong one.
REAL = """
gmail.com gmx.com gmx.net gmx.at gmx.ch ymail.com email.com email.de email.cz mail.com mail.de
mail.ee hotmail.it hotmail.fr live.de live.at live.nl outlook.at outlook.sk yahoo.ca yahoo.it
online.de my.com mac.com aim.com msn.com aol.com op.pl wp.pl o2.pl orange.com posteo.net
example.com example.org shop.test firma.de uni-wien.ac.at bund.de admin.ch abc.xyz a.de
trail.com small.com gmail.co.uk x.com gmail.de gmail.ru
orange.es orange.pl t-online.hu fastmail.fm centrum.sk interia.eu yandex.ua chello.pl posteo.us
vodafone.it hotmail.rs hotmail.co.za outlook.sg yahoo.co.za yahoo.com.tw libero.es tim.it
"""
ODD = (
    "",
    "@",
    "name",
    "name@",
    "@gmial.com",
    " ",
    "@@",
    "name@@gmial.com",
    "a@b@gmial.com",
    "name@.",
)
LETTERS = string.ascii_lowercase + ".-@ ü€\u0130\ud800\U0001f4e7"


@pytest.mark.parametrize(("typed", "meant"), MISTYPED)
def test_a_near_miss_asks_for_the_domain_that_was_meant(typed: str, meant: str) -> None:
    assert likely_meant(f"sonia@{typed}") == f"sonia@{meant}"


@pytest.mark.parametrize("domain", [*REAL.split(), *sorted(COMMON_DOMAINS)])
def test_a_real_domain_asks_nothing(domain: str) -> None:
    assert likely_meant(f"sonia@{domain}") == ""
    assert likely_meant(f"sonia@{domain.upper()}") == ""


@pytest.mark.parametrize(
    "local", ["Sonia.Torres+shop", "o'hara", '"so nia"', "sönia", "GMIAL.COM", "."]
)
def test_the_local_part_stays_as_it_was_typed(local: str) -> None:
    assert likely_meant(f"{local}@gmial.com") == f"{local}@gmail.com"


def test_capitals_and_spaces_around_it_do_not_matter() -> None:
    assert likely_meant("\t Sonia@GMIAL.Com\u200b ") == "Sonia@gmail.com"


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_address_asks_nothing(text: str) -> None:
    assert likely_meant(text) == ""


@pytest.mark.parametrize("domain", ["gmäil.com", "xn--gmil-6qa.com", "gmail.cöm", "ｇmail.com"])  # noqa: RUF001
def test_other_alphabets_raise_nothing(domain: str) -> None:
    assert likely_meant(f"sonia@{domain}") in {"", "sonia@gmail.com"}


def test_whatever_is_typed_a_suggestion_is_a_common_domain_and_the_same_local_part() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    asked = 0
    for _ in range(3_000):
        domain = list(chance.choice(COMMON_DOMAINS))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(domain) + 1)
            domain[at : at + chance.randint(0, 1)] = chance.choice(["", *LETTERS])
        local = "".join(chance.choices(LETTERS.replace("@", "").replace(" ", ""), k=5))

        meant = likely_meant(f"{local}@{''.join(domain)}")

        asked += bool(meant)
        assert meant == "" or meant.partition("@")[::2] in {(local, d) for d in COMMON_DOMAINS}
        assert likely_meant(meant) == ""
    assert asked > 500


def test_no_edit_of_a_short_domain_asks_for_another_provider() -> None:
    """One letter of two says nothing: every such domain is somebody's."""
    assert {likely_meant(f"sonia@{first}p.pl") for first in string.ascii_lowercase} == {""}


@pytest.mark.parametrize(
    "text", ["a@" + "gmail.com" * 100_000, "@" * 1_000_000, "a@" + "." * 1_000_000]
)
def test_a_long_text_costs_little(text: str) -> None:
    before = time.process_time()

    assert likely_meant(text) == ""

    assert time.process_time() - before < 0.5
