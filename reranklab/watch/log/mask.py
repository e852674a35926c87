"""Personal data replaced by labels: e-mail addresses, telephone numbers, bank accounts, cards, network addresses, and what the
user's own patterns find. Names and postal addresses have no form that a pattern could tell.

Digits and signs of every script count as those of ASCII. Account numbers are those whose checksum fits (ISO 13616), card
numbers those with the check digit of ISO/IEC 7812.
"""

from __future__ import annotations

import ipaddress
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import regex

from reranklab.errors import InputError

PATIENCE = 1.0
"""Seconds that one of the user's patterns may take for one text."""
LONGEST_PATTERN = 1000

_ATOM = r"A-Za-z0-9._%+\-"
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_EMAIL = regex.compile(
    rf"""(?: (?<![{_ATOM}]) [{_ATOM}]++
           | (?<![\p{{L}}\p{{M}}{_ATOM}]) (?:[\p{{L}}\p{{M}}{_ATOM}--[{_UNSPACED}]])++
           | (?<![{_UNSPACED}]) [{_UNSPACED}]++ )
        @
        (?: (?:[A-Za-z0-9\-]+\.)+ [A-Za-z]{{2,}} | (?:[\p{{L}}\p{{M}}\p{{N}}\-]++\.)+ [\p{{L}}\p{{M}}]{{2,}} )""",
    regex.VERBOSE | regex.V1,
)
_APART = r"(?:[ .\-/]|\)[ ]?|[ ]?\()"
_PHONE = regex.compile(
    rf"""(?<![0-9A-Za-z.,+\-/])
         (?! [0-9]{{1,2}}[./\-][0-9]{{1,2}}[./\-][0-9]{{2,4}} (?![0-9]) )   # a date
         (?! 0\.[0-9]++ (?! [ .\-/]?[0-9]) )                                # a decimal
         (?: (?:\+|00[ ]?) \(? [0-9] (?:{_APART}?[0-9]){{6,13}}
           | \(? 0 (?:{_APART}?[0-9]){{6,11}}
           | \(? [2-9][0-9]{{2}} (?:\)[ ]?|[ .\-]) [2-9][0-9]{{2}} [ .\-] [0-9]{{4}}
           | 1[3-9][0-9] [ \-]? [0-9]{{4}} [ \-]? [0-9]{{4}} )
         (?! [0-9A-Za-z] | [.,\-/][0-9] )""",
    regex.VERBOSE,
)
_IBAN = regex.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ ]?[0-9A-Za-z]){11,30}")
_CARD = regex.compile(r"(?<![0-9A-Za-z.\-])[2-6][0-9]{3}(?:[ \-]?[0-9]){9,15}(?![0-9A-Za-z]|[.\-][0-9])")
_IP4 = regex.compile(r"(?<![0-9A-Za-z.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])")
_IP6 = regex.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:.]{3,45}+(?![0-9A-Za-z])")

_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "FK", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """`counts` is how often each label was put."""

    text: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """What is masked: the kinds of KINDS by name, and own patterns by the label that replaces what they find, [LABEL].

    Patterns are those of the package `regex`. Raises InputError for an unknown kind, and for a pattern that cannot be read, is
    too long, or matches nothing at all, as `a*` does.
    """

    kinds: tuple[str, ...] = ("card", "IBAN", "e-mail", "IP", "phone")
    patterns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise InputError(f"There is no masking of {kind!r}. Choose from: {', '.join(KINDS)}.")
        for label, pattern in self.patterns.items():
            _compiled(label, pattern)

    def mask(self, text: str) -> Masked:
        """`text` with a label for each find. Own patterns go first, then the kinds in their order; what one took no other
        takes. Raises InputError for a pattern that takes longer than PATIENCE: no text is masked in part."""
        plain = text if text.isascii() else text.translate(_as_ascii())
        finds = [
            *((label, _own(text, label, pattern)) for label, pattern in self.patterns.items()),
            *((kind, KINDS[kind](plain)) for kind in self.kinds),
        ]
        taken, used = [], bytearray(len(text))
        for label, spans in finds:
            for start, stop in spans:
                if not any(used[start:stop]):
                    used[start:stop] = b"\1" * (stop - start)
                    taken.append((start, stop, label))
        pieces, end = [], 0
        for start, stop, label in sorted(taken):
            pieces += [text[end:start], f"[{label}]"]
            end = stop
        return Masked(text="".join((*pieces, text[end:])), counts=Counter(label for _, _, label in taken))


def _own(text: str, label: str, pattern: str) -> Iterator[Span]:
    finds = _compiled(label, pattern).finditer(text, timeout=PATIENCE)
    try:
        yield from (found.span() for found in finds if found.end() > found.start())
    except TimeoutError as error:
        raise InputError(
            f"The pattern for [{label}] takes longer than {PATIENCE:g} s on one text. Write it without repetitions inside of "
            "repetitions."
        ) from error


@cache
def _compiled(label: str, pattern: str) -> regex.Pattern[str]:
    if len(pattern) > LONGEST_PATTERN:
        raise InputError(f"The pattern for [{label}] has more than {LONGEST_PATTERN:,} characters. Shorten it.")
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise InputError(f"The pattern for [{label}] cannot be read ({error}). Correct it.") from error
    if compiled.match(""):
        raise InputError(f"The pattern for [{label}] matches where there is nothing. Use + in place of *.")
    return compiled


@cache
def _as_ascii() -> Mapping[int, str]:
    """Every decimal digit, and the signs inside of numbers and addresses, to one character of ASCII each: places stay."""
    digits = {code: str(unicodedata.decimal(chr(code))) for code in range(128, sys.maxunicode) if chr(code).isdecimal()}
    wide = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code not in digits}
    spaces = dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " ")
    dashes = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2212), "-")
    return {**digits, **wide, **spaces, **dashes}


def _all(pattern: regex.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    return lambda text: (found.span() for found in pattern.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text, overlapped=True):
        start, stop = found.span()
        length = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
        places = [place for place in range(start, stop) if text[place] != " "][:length]
        if length and len(places) == length and _mod_97("".join(text[place] for place in places)):
            yield start, places[-1] + 1


def _mod_97(iban: str) -> bool:
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        digits = [int(each) for each in found.group() if each.isdigit()]
        doubled = [sum(divmod(2 * each, 10)) if place % 2 else each for place, each in enumerate(reversed(digits))]
        if sum(doubled) % 10 == 0:
            yield found.span()


def _addresses(text: str) -> Iterator[Span]:
    for found in _IP4.finditer(text):
        if _is_address(found.group()):
            yield found.span()
    for found in _IP6.finditer(text):
        for address in (found.group().rstrip("."), found.group().rstrip(".:")):
            if ":" in address and any(each.isdigit() for each in address) and _is_address(address):
                yield found.start(), found.start() + len(address)
                break


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


KINDS: Mapping[str, Callable[[str], Iterator[Span]]] = MappingProxyType(
    {"card": _cards, "IBAN": _ibans, "e-mail": _all(_EMAIL), "IP": _addresses, "phone": _all(_PHONE)}
)
"""What is masked, by label: each finds its places in a text whose digits and signs are those of ASCII."""
