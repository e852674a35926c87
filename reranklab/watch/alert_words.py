"""An alert in plain words: what changed, since when, how sure that is, and which causes are excluded."""

from __future__ import annotations

from reranklab.watch.log.columns import Columns
from reranklab.watch.report import CAUSES, Alert, Decomposition, Part, Shift
from reranklab.watch.windows import day_name

SHIFT_HEADER = ("series", "before", "after", "change with 95 % interval", "changed")
_DAY = 86_400.0


def alert_title(alert: Alert) -> str:
    """The causes in a few words: Longer documents; slower requests."""
    said = "; ".join(CAUSES[cause].partition(",")[0] for cause in alert.causes)
    return said[:1].upper() + said[1:]


def since_words(alert: Alert) -> str:
    """When the change was, with its interval."""
    ends = day_name(alert.earliest), day_name(alert.latest)
    if ends[0] == ends[1]:
        return f"Since {day_name(alert.since)} UTC."
    return f"Since {day_name(alert.since)} UTC; with 95 % confidence between {ends[0]} and {ends[1]}."


def sure_words(alert: Alert, *, weeks: float) -> str:
    """How soon it was found, and how often such an alert is false."""
    late = f"{alert.delay:,} {'request' if alert.delay == 1 else 'requests'} after the change, " if alert.delay > 0 else ""
    return (
        f"Detected {late}on {day_name(alert.detected)}. All series together raise one false alert "
        f"in {weeks:g} quiet weeks at most."
    )


def excluded_words(alert: Alert, columns: Columns) -> tuple[str, ...]:
    """Sentences on what it is not: another ranker, sizes, the machine, and the series that stayed as they were."""
    told = []
    if "model_swapped" not in alert.causes and (name := _same_ranker(columns, alert)):
        told.append(f"Not another model: the log names {name} before and after.")
    if alert.latency is not None:
        told += _not_the_time(alert.latency, alert.causes)
    steady = [shift.title for shift in alert.shifts if not shift.changed and shift.series not in ("machine", "slow")]
    if steady:
        told.append(f"No sure change of: {', '.join(steady)}.")
    return tuple(told)


def shift_row(shift: Shift) -> tuple[str, str, str, str, str]:
    """Series, before, after, the change with its interval, and whether it changed."""
    if shift.kind == "positive":
        figures = f"{shift.before:,.4g}", f"{shift.after:,.4g}"
        change = f"× {shift.change:.2f} [{shift.low:.2f}, {shift.high:.2f}]"
    elif shift.kind == "share":
        figures = f"{shift.before:.1%}", f"{shift.after:.1%}"
        change = f"{100 * shift.change:+.1f} points [{100 * shift.low:+.1f}, {100 * shift.high:+.1f}]"
    else:
        figures = f"{shift.before:.2f}", f"{shift.after:.2f}"
        change = f"{shift.change:+.2f} [{shift.low:+.2f}, {shift.high:+.2f}]"
    return shift.title, *figures, change, "yes" if shift.changed else "not sure"


def _same_ranker(columns: Columns, alert: Alert) -> str:
    """The ranker's name where there is only one from a fortnight before the change to the last request behind it."""
    near = columns.time >= alert.since - 14 * _DAY
    near[int(alert.places[-1]) + 1 if alert.places.size else alert.since_place :] = False
    named = set(columns.ranker[near].tolist())
    return columns.rankers[named.pop()] if len(named) == 1 and named != {-1} else ""


def _not_the_time(latency: Decomposition, causes: tuple[str, ...]) -> list[str]:
    told = []
    if not {"slower_machine", "faster_machine"} & set(causes):
        machine = latency.machine
        lead = "No sure change of the machine" if _covers_one(machine) else "The machine changes little"
        told.append(
            f"{lead}: requests of one size take {machine.factor:.2f} times as long as before "
            f"[{machine.low:.2f}, {machine.high:.2f}]."
        )
    for name, part, own in (
        ("more candidates", latency.candidates, {"more_candidates", "fewer_candidates"}),
        ("longer documents", latency.length, {"longer_documents", "shorter_documents"}),
    ):
        if not own & set(causes) and _covers_one(part):
            told.append(f"Not {name}: they make the time × {part.factor:.2f} [{part.low:.2f}, {part.high:.2f}].")
    return told


def _covers_one(part: Part) -> bool:
    """Within a hundredth, which is what the figures show."""
    return part.low - 0.005 <= 1 <= part.high + 0.005
