"""Numbers that are computed for some requests of a log, because they need its texts: what they are and of which request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reranklab.errors import InputError
from reranklab.watch.columns import Numbers, Places


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRequest:
    """`values` in the order of the requests, one for each that has it; `times` in seconds since 1970, UTC; `places` say which
    of the given requests each belongs to. `left_out` counts the others by the reason, in words."""

    times: Numbers
    values: Numbers
    places: Places
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)


def per_request(rows: Sequence[tuple[float, float, int]], left_out: Mapping[str, int]) -> PerRequest:
    """Of rows of time, value and place."""
    times, values, places = zip(*rows, strict=True) if rows else ((), (), ())
    return PerRequest(
        times=np.array(times, np.float64),
        values=np.array(values, np.float64),
        places=np.array(places, np.int64),
        left_out=dict(left_out),
    )


def sampled_places(requests: int, *, size: int, seed: int = 0) -> Places:
    """The places of `size` of so many requests, drawn without repetition and in order; all where there are no more. The same
    seed draws the same. Raises InputError for a size below 1."""
    if size < 1:
        raise InputError(f"A sample of {size} requests shows nothing. Take one at least.")
    if size >= requests:
        return np.arange(requests, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(requests, size=size, replace=False)).astype(np.int64)
