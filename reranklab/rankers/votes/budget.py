"""How many pairs are voted on."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.rankers.family import RankerSpec


def pairs_of(spec: RankerSpec, *, count: int) -> int:
    """The pairs of `count` documents that a spec's share (0 to 1) or number of pairs stands for: never fewer than connect them,
    nor more than there are. Raises InputError for what is neither."""
    text = spec.option("pairs")
    every = count * (count - 1) // 2
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if 0 < value <= 1:
        asked = round(value * every)
    elif value > 1 and value.is_integer():
        asked = int(value)
    else:
        raise InputError(
            f"{spec.family.id}: pairs={text} does not work. Give a share of all pairs, 0 to 1, or a number of pairs."
        )
    return min(max(asked, count - 1), every)
