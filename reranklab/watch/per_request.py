"""Numbers that are computed for some requests of a log, because they need its texts: what they are and of which request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reranklab.watch.log.columns import Numbers, Places


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

    def among(self, chosen: Places) -> PerRequest:
        """The same with the places of a log, of which the given requests were those at `chosen`."""
        return replace(self, places=np.asarray(chosen, np.int64)[self.places])


def per_request(rows: Sequence[tuple[float, float, int]], left_out: Mapping[str, int]) -> PerRequest:
    """Of rows of time, value and place."""
    times, values, places = zip(*rows, strict=True) if rows else ((), (), ())
    return PerRequest(
        times=np.array(times, np.float64),
        values=np.array(values, np.float64),
        places=np.array(places, np.int64),
        left_out=dict(left_out),
    )
