"""How the rankers of a run are drawn, the same on the board and in every figure.

A ranker has its family's colour. A run with several rankers of one family gives each a shade of it, and every ranker of the run
has a mark of its own, so that no two are told apart by colour alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reranklab.errors import InputError
from reranklab.rankers.catalogue import parse_ranker_id

MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down")
DASHES = ("solid", "dash", "dot", "dashdot")
_NO_COLOUR = "#8C8C8C"
_LUMINANCES = (0.10, 0.17, 0.29, 0.45)
"""Of the shades: none is lost on a white page or on a dark one."""
_APART = math.log(1.4)
"""Least distance of two shades: the logarithm of their luminances' ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerStyle:
    """`colour` is #RRGGBB; `mark` and `dash` are Plotly's names. `dash` tells rankers of one family apart."""

    colour: str
    mark: str
    dash: str


def ranker_styles(ranker_ids: Iterable[str]) -> dict[str, RankerStyle]:
    """Ranker id to style for the rankers of one run, in its order: the first of a family has the family's own colour.

    Marks repeat from the ninth ranker on, shades and dashes of one family from about its fifth.
    """
    styles: dict[str, RankerStyle] = {}
    used: Counter[str] = Counter()
    for place, ranker_id in enumerate(dict.fromkeys(ranker_ids)):
        base = family_colour(ranker_id)
        number = used[base]
        used[base] += 1
        shades = _shades(base)
        styles[ranker_id] = RankerStyle(
            colour=shades[number % len(shades)], mark=MARKS[place % len(MARKS)], dash=DASHES[number % len(DASHES)]
        )
    return styles


def family_colour(ranker_id: str) -> str:
    """The fixed colour of the ranker's family; grey for an unknown id."""
    try:
        return parse_ranker_id(ranker_id).family.colour
    except InputError:
        return _NO_COLOUR


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, from 0 to 1, as WCAG 2.2 defines it."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _shades(base: str) -> list[str]:
    """`base`, then shades of it, each as far in luminance from those before it as can be, while they are apart."""
    taken, shades = [luminance(base)], [base]

    def apart(wanted: float) -> float:
        return min(abs(math.log(wanted / other)) for other in taken)

    while (best := max(_LUMINANCES, key=apart)) and apart(best) > _APART:
        taken.append(best)
        shades.append(_at(base, best))
    return shades


def _at(base: str, wanted: float) -> str:
    """`base` mixed in linear light with black or white, so that its luminance is `wanted`."""
    own = luminance(base)
    if wanted <= own:
        mixed = [wanted / own * value for value in _linear(base)]
    else:
        white = (wanted - own) / (1 - own)
        mixed = [value + white * (1 - value) for value in _linear(base)]
    return "#" + "".join(f"{round(255 * _encoded(value)):02X}" for value in mixed)


def _linear(colour: str) -> list[float]:
    values = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def _encoded(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
