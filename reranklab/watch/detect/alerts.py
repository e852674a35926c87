"""Groups of alarms as alerts: how much each series changed, why, and the requests behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reranklab.watch.detect.alarms import Stream
from reranklab.watch.detect.blocks import DAY, into_blocks
from reranklab.watch.detect.causes import Causes, Found, name_causes
from reranklab.watch.detect.changepoint import Step, measure
from reranklab.watch.detect.decomposition import decompose, machine_is_sure
from reranklab.watch.detect.expected import Expected
from reranklab.watch.detect.grouping import FLOORS, SURE, Group
from reranklab.watch.detect.series import Series
from reranklab.watch.log.columns import Columns, Numbers, Places
from reranklab.watch.report import CAUSES, Alert, Decomposition, Shift
from reranklab.watch.windows import day_name

MOST_PLACES = 10_000
_DAYS = 14.0
"""How many days before and after a change its figures are of, at most."""
_NORMAL = 1.96


def make_alerts(
    columns: Columns, groups: Sequence[Group], streams: Sequence[Stream], expected: Expected | None
) -> tuple[Alert, ...]:
    """In the order of the changes. Figures before reach back to the last change, figures after forward to the next one."""
    ordered = sorted(groups, key=lambda group: group.point.place)
    length = _length_stream(columns, expected, streams)
    alerts = []
    for number, group in enumerate(ordered):
        begin = ordered[number - 1].point.place if number else 0
        end = ordered[number + 1].point.place if number + 1 < len(ordered) else len(columns)
        alerts.append(_alert(columns, group, streams, length, expected, (begin, end)))
    return tuple(alerts)


def _alert(
    columns: Columns,
    group: Group,
    streams: Sequence[Stream],
    length: Stream | None,
    expected: Expected | None,
    ends: tuple[int, int],
) -> Alert:
    point = group.point
    first = max(ends[0], int(np.searchsorted(columns.time, columns.time[point.place] - _DAYS * DAY)))
    last = min(ends[1], int(np.searchsorted(columns.time, columns.time[point.place] + _DAYS * DAY)))
    steps = {each.series.id: _step(each, first, point.place, last) for each in streams}
    shifts = {
        each.series.id: _shift(each.series, step, each.series.id in group.members, (first, point.place))
        for each in streams
        if (step := steps[each.series.id]) is not None
    }
    parts = _decomposition(columns, steps, length, expected, (first, point.place, last))
    sure = None if parts is None else machine_is_sure(parts.candidates, parts.length, parts.machine, parts.total)
    found = Found(shifts=shifts, renamed=group.renamed is not None, machine=sure)
    verdict = _named(found, group)
    return Alert(
        cause=verdict.causes[0],
        also=verdict.causes[1:],
        sentence=_sentence(group, verdict, shifts, parts, columns),
        since=float(columns.time[point.place]),
        earliest=float(columns.time[point.low]),
        latest=float(columns.time[point.high]),
        since_place=point.place,
        detected=float(columns.time[group.detected]),
        detected_place=group.detected,
        trigger=group.trigger,
        shifts=tuple(shifts.values()),
        follows=verdict.follows,
        latency=parts,
        places=_places(streams, group, point.place, ends[1]),
    )


def _named(found: Found, group: Group) -> Causes:
    """Where the rules find no cause, a change too small for them raised the alarm: it is named after its own series."""
    verdict = name_causes(found)
    if verdict.causes:
        return verdict
    grew = group.trigger in found.shifts and found.grew(group.trigger)
    cause = {
        "machine": "slower_machine" if grew else "faster_machine",
        "milliseconds": "slower" if grew else "faster",
    }.get(group.trigger, "stalls")
    return Causes(causes=(cause,), follows=())


def _step(stream: Stream, first: int, place: int, last: int) -> Step | None:
    """Between the places, the block of the change itself left out; None without two blocks on either side."""
    size = stream.blocks.size
    start, change, stop = (int(np.searchsorted(stream.series.places, each)) for each in (first, place, last))
    begin, middle, end = -(-start // size), change // size, stop // size
    after = -(-change // size)
    if middle - begin < 2 or end - after < 1:
        return None
    return measure(stream, start=begin, change=middle, end=after, stop=end)


def _shift(series: Series, step: Step, member: bool, ends: tuple[int, int]) -> Shift:
    first, last = (int(np.searchsorted(series.places, place)) for place in ends)
    values = series.values[first:last]
    low, high = step.size - _NORMAL * step.error, step.size + _NORMAL * step.error
    changed = member or abs(step.size) > max(SURE * step.error, FLOORS[series.kind])
    if series.kind == "positive":
        before = float(np.median(values))
        figures = (before, before * float(np.exp(step.size)), *(float(np.exp(each)) for each in (step.size, low, high)))
    elif series.kind == "share":
        before = float(values.mean())
        arc = np.arcsin(np.sqrt(before))
        at = [float(np.sin(np.clip(arc + each, 0, np.pi / 2)) ** 2) for each in (step.size, low, high)]
        figures = (before, at[0], *(each - before for each in at))
    else:
        before = float(values.mean())
        figures = (before, before + step.size, step.size, low, high)
    return Shift(
        series=series.id,
        kind=series.kind,
        before=figures[0],
        after=figures[1],
        change=figures[2],
        low=figures[3],
        high=figures[4],
        changed=changed,
    )


def _length_stream(columns: Columns, expected: Expected | None, streams: Sequence[Stream]) -> Stream | None:
    """Lengths in the law's own units, in the blocks of the times."""
    machine = next((each for each in streams if each.series.id == "machine"), None)
    if expected is None or machine is None:
        return None
    return _alongside(columns, "length", expected.lengths(columns), machine)


def _alongside(columns: Columns, name: str, values: Numbers, like: Stream) -> Stream:
    """A number of the requests of another series, in the same blocks."""
    from reranklab.watch.detect.cycle import fit_persistence

    places = like.series.places
    series = Series(id=name, kind="positive", times=like.series.times, values=values[places], places=places)
    blocks = into_blocks(series, like.blocks.size, float(columns.time[0]))
    return Stream(
        blocks=blocks,
        known=like.known,
        threshold=like.threshold,
        persistence=fit_persistence(blocks.values[: like.known], blocks.times[: like.known]),
    )


def _decomposition(
    columns: Columns,
    steps: Mapping[str, Step | None],
    length: Stream | None,
    expected: Expected | None,
    places: tuple[int, int, int],
) -> Decomposition | None:
    candidates, machine = steps.get("candidates"), steps.get("machine")
    if expected is None or length is None or candidates is None or machine is None:
        return None
    first, middle, last = places
    long = _step(length, first, middle, last)
    if long is None:
        return None
    before = columns.milliseconds[first:middle]
    return decompose(expected, float(np.nanmedian(before)), candidates=candidates, length=long, machine=machine)


def _sentence(group: Group, verdict: Causes, shifts: Mapping[str, Shift], parts: Decomposition | None, columns: Columns) -> str:
    when = day_name(float(columns.time[group.point.place]))
    said = " and ".join(CAUSES[cause] for cause in verdict.causes)
    named = f" ({group.renamed.before} before, {group.renamed.name} since)" if group.renamed else ""
    changed = [shift.words for shift in shifts.values() if shift.changed and shift.series not in ("machine", "slow")]
    told = f": {'; '.join(changed)}" if changed else ""
    times = f" {parts.sentence}" if parts is not None and parts.verdict != "none" else ""
    return f"Since {when}: {said}{named}{told}.{times}"


def _places(streams: Sequence[Stream], group: Group, first: int, last: int) -> Places:
    """The requests since the change that show it: of shares that count what is bad, those that have it. Evenly chosen where
    there are more than 10,000."""
    series = next((each.series for each in streams if each.series.id == group.trigger), None)
    if series is None:
        places = np.arange(first, last, dtype=np.int64)
    else:
        begin, end = np.searchsorted(series.places, [first, last])
        places, values = series.places[begin:end], series.values[begin:end]
        if series.kind == "share" and values.size:
            shown = values < 1 if series.id in ("support", "ranker") else values > 0
            places = places[shown] if shown.any() else places
    if places.size > MOST_PLACES:
        places = places[np.linspace(0, places.size - 1, MOST_PLACES).round().astype(np.int64)]
    return np.asarray(places, dtype=np.int64)
