"""Alarms of single series in the order of time, grouped where they are about one change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from reranklab.watch.detect.alarms import Alarm, Stream, first_alarm
from reranklab.watch.detect.blocks import DAY
from reranklab.watch.detect.changepoint import ChangePoint, locate, measure
from reranklab.watch.detect.renamed import Renamed
from reranklab.watch.detect.series import Kind
from reranklab.watch.log.columns import Columns

SURE = 4.0
"""Standard errors beyond which another series changed too: 1 in 16,000 by chance."""
FLOORS: dict[Kind, float] = {"positive": 0.05, "share": 0.03, "real": 0.0}
"""Steps below which a series that raised no alarm itself is not named: 5 % of a number, 0.03 of a share's arcsine."""
_AFTER = DAY
"""How long after an alarm requests count for the place of the change and for what changed with it."""


@dataclass(kw_only=True)
class Group:
    """One change: its place, what raised the alarm, and the series that changed (each with the block where it did)."""

    point: ChangePoint
    trigger: str
    detected: int
    renamed: Renamed | None = None
    members: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Watched:
    """Where a series stands: from which block on it is as it is now, and its next alarm."""

    stream: Stream
    start: int = 0
    alarm: Alarm | None = None

    def restart(self, block: int, detected: int) -> None:
        """After a change at `block` that was known at the place `detected`."""
        ranked = self.block_of(detected) + 1
        self.start = min(block + 1, ranked)
        self.alarm = first_alarm(self.stream, start=self.start, ranked=ranked)

    def block_of(self, place: int) -> int:
        """The block that holds a request of the columns, or would."""
        return int(np.searchsorted(self.stream.series.places, place)) // self.stream.blocks.size

    @property
    def detected(self) -> int:
        """The place in the columns that completes the alarm; no alarm is beyond every place."""
        if self.alarm is None:
            return np.iinfo(np.int64).max
        return int(self.stream.series.places[(self.alarm.block + 1) * self.stream.blocks.size - 1])


def group_alarms(columns: Columns, streams: Sequence[Stream], renamed: Sequence[Renamed]) -> tuple[Group, ...]:
    """Every change, in the order of detection. A series whose change point holds that of an earlier alert joins it."""
    watched = {stream.series.id: _Watched(stream=stream, alarm=first_alarm(stream)) for stream in streams}
    facts = list(renamed)
    groups: list[Group] = []
    while True:
        name = min(watched, key=lambda each: watched[each].detected, default=None)
        alarm_at = watched[name].detected if name is not None else np.iinfo(np.int64).max
        if facts and facts[0].detected <= alarm_at:
            fact = facts.pop(0)
            point = ChangePoint(place=fact.place, low=fact.place, high=fact.place, block=-1)
            groups.append(Group(point=point, trigger="ranker", detected=fact.detected, renamed=fact))
            _take_along(columns, groups[-1], watched)
        elif name is None or watched[name].alarm is None:
            return tuple(groups)
        else:
            _raise(columns, groups, watched, name)


def _raise(columns: Columns, groups: list[Group], watched: dict[str, _Watched], name: str) -> None:
    one = watched[name]
    assert one.alarm is not None
    detected = one.detected
    stop = max(one.alarm.block + 1, one.block_of(_place_at(columns, columns.time[detected] + _AFTER)))
    point = locate(one.stream, start=one.start, began=one.alarm.began, stop=min(stop, len(one.stream.blocks)))
    earlier = next((group for group in reversed(groups) if _same(columns, group.point, point, one)), None)
    if earlier is not None and name not in earlier.members:
        earlier.members[name] = one.block_of(earlier.point.place)
        one.restart(one.block_of(earlier.point.place), detected)
        return
    group = Group(point=point, trigger=name, detected=detected, members={name: point.block})
    groups.append(group)
    one.restart(point.block, detected)
    _take_along(columns, group, watched)


def _take_along(columns: Columns, group: Group, watched: dict[str, _Watched]) -> None:
    """The other series that changed at the same place begin anew too."""
    until = _place_at(columns, columns.time[group.detected] + _AFTER)
    for name, one in watched.items():
        if name in group.members:
            continue
        block = one.block_of(group.point.place)
        stop = min(one.block_of(until), len(one.stream.blocks))
        # The block of the change itself holds requests of both sides.
        if block - one.start < 5 or stop - block - 1 < 2:
            continue
        step = measure(one.stream, start=one.start, change=block, end=block + 1, stop=stop)
        if abs(step.size) > max(SURE * step.error, FLOORS[one.stream.series.kind]):
            group.members[name] = block
            one.restart(block, group.detected)


def _place_at(columns: Columns, time: float) -> int:
    return int(np.searchsorted(columns.time, time))


def _same(columns: Columns, first: ChangePoint, second: ChangePoint, one: _Watched) -> bool:
    """Whether two changes can be one: their intervals meet, a day or three blocks allowed."""
    size = one.stream.blocks.size
    places = one.stream.series.places
    last = len(columns) - 1
    three = float(columns.time[-1] - columns.time[0]) / max(len(places) / size, 1) * 3
    allowed = max(DAY, three)
    low, high = (columns.time[min(place, last)] for place in (first.low, first.high))
    low2, high2 = (columns.time[min(place, last)] for place in (second.low, second.high))
    return bool(low2 - allowed <= high and high2 + allowed >= low)
