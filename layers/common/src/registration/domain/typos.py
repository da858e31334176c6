"""Near misses of the domains of common mail providers: ``gmial.com`` for ``gmail.com``.

An edit is a letter too many, missing or wrong, or two that are swapped: Damerau-Levenshtein
distance as optimal string alignment, up to two edits. ``pages/script.js`` has the same rule.
"""

from registration.domain.invisible import trimmed

# Names, and the endings that each of them has. The first come first where two are as near.
# https://github.com/mailcheck/mailcheck/wiki/List-of-Popular-Domains, with more providers and
# endings of the German-speaking countries and of their neighbours: who is listed is not corrected.
# None is shorter than me.com: each short domain is somebody's.
_PROVIDERS = """
gmail googlemail icloud me mac protonmail zoho yandex: com
gmx: de net com at ch fr it es eu li us org info biz co.uk
web email mail t-online freenet online posteo arcor vodafone vodafonemail o2online o2mail: de
kabelmail tutanota magenta netcologne unitybox: de
hotmail: com de fr co.uk it es nl be ch at ca dk se no fi gr hu pl pt cz sk cl rs ro sg lv lt my ph
hotmail: com.br com.ar com.au com.mx com.tr co.za co.jp co.nz
outlook: com de fr at it es be dk ie pt cz hu sk cl in jp kr lv my ph sa sg co.id co.il
outlook: com.br com.ar com.au com.gr com.pe com.tr com.vn
live: com de fr at co.uk it nl be ca cl cn dk fi hk ie in jp no ru se co.za com.ar com.au com.mx
yahoo: com de fr co.uk it es at be ca ch cl cz dk fi gr hu ie in nl no pl pt ro ru se co.in co.id
yahoo: co.jp co.kr co.nz co.th co.za com.br com.ar com.au com.mx com.tr com.tw com.hk com.sg com.ph
aol: com de fr co.uk it
msn aim my mail email ymail rocketmail hushmail fastmail tutanota: com
proton: me
mail: dk ee
bluewin bluemail hispeed sunrise protonmail: ch
posteo: net at ch eu org us
aon chello: at
chello: nl pl
mailbox: org
orange free wanadoo laposte sfr neuf bbox: fr
libero virgilio tiscali email: it
onet interia gazeta: pl
ziggo: nl
telenet skynet proximus: be
btinternet virginmedia comcast: com
laposte comcast verizon att sbcglobal bellsouth: net
seznam email centrum: cz
mail yandex: ru
"""

COMMON_DOMAINS = tuple(
    f"{name}.{ending}"
    for names, _, endings in (line.partition(":") for line in _PROVIDERS.strip().splitlines())
    for name in names.split()
    for ending in endings.split()
)
"""The domains that a typo is looked for in."""

# How long a domain is at least in which two edits are a typo and not another domain.
_LONG = len("gmail.com")


def likely_meant(text: str) -> str:
    """Return the address that was meant if the domain of one is a near miss, or nothing.

    A provider's own name has one typo in its ending at most: ``gmail.de`` is not ``mail.de``, nor
    ``orange.es`` ``orange.fr``. Where another name has two, its first letter is right.
    """
    local, _, typed = trimmed(text).partition("@")
    typed = typed.lower()
    if not local or typed in COMMON_DOMAINS:
        return ""
    name = typed.partition(".")[0]
    own = [domain for domain in COMMON_DOMAINS if domain.startswith(f"{name}.")]
    long = [domain for domain in COMMON_DOMAINS if len(domain) >= _LONG and domain[0] == typed[:1]]
    tries = ((1, own or COMMON_DOMAINS), (2, [] if own else long))
    found = (each for edits, domains in tries for each in domains if _is_near(typed, each, edits))
    meant = next(found, "")
    return meant and f"{local}@{meant}"


def _is_near(typed: str, meant: str, edits: int) -> bool:
    if typed == meant or abs(len(typed) - len(meant)) > edits or not edits:
        return typed == meant
    if typed[:1] == meant[:1]:
        return _is_near(typed[1:], meant[1:], edits)
    rests = [(typed[1:], meant), (typed, meant[1:]), (typed[1:], meant[1:])]
    if typed[:2] == meant[1::-1]:
        rests.append((typed[2:], meant[2:]))
    return any(_is_near(*rest, edits - 1) for rest in rests)
