"""What variants of a ranker change: verdicts, figure, table, and query by query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.differences import Difference, verdict_in_words
from reranklab.evaluate.stability import StabilityReport, VariantResult
from reranklab.plots.differences import draw_differences
from reranklab.rankers.titles import ranker_title
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison of variants gave, of which collection. `warnings` say what was not kept."""

    title: str
    report: StabilityReport
    warnings: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Shown:
    """The variant whose queries are shown."""

    variant: str = ""


def show_compared(session: SessionState, compared: Compared) -> None:
    """Verdicts, the differences as a figure, the table behind them, and the queries of one variant."""
    report = compared.report
    mean = report.base.intervals.get(report.measure)
    say("query", f"{ranker_title(report.ranker)} on {compared.title}: {report.measure} {'–' if mean is None else mean.short}")
    for warning in compared.warnings:
        say("warning", warning)
    for result in (report.base, *(each.result for each in report.variants)):
        for error in result.errors[:1]:
            say("error", f"{ranker_title(result.ranker)} failed: {error.message}")
    titles = {report.ranker: "the ranker as it is", **{each.variant.name: each.variant.name for each in report.variants}}
    differences = [each.difference for each in report.variants if each.difference is not None]
    if differences:
        say("info", "\n".join(_verdict(pair, titles) for pair in differences))
        show_figure(draw_differences(differences, titles=titles), key="stability_differences")
    st.dataframe([_row(each, report.measure) for each in report.variants], hide_index=True, width="stretch")
    say(
        "note",
        "Score differences are absolute, in the ranker's own scale; of the range: the largest of a query as a share of its "
        "list's scores, mean over queries. First ten: the share of queries in which they are other documents, or in another "
        "order, with the exact 95 % interval.",
    )
    _show_queries(session, report)


def _verdict(pair: Difference, titles: Mapping[str, str]) -> str:
    return verdict_in_words(pair, first=titles[pair.first], second=titles[pair.second])


def _row(each: VariantResult, measure: str) -> dict[str, object]:
    return {
        "Variant": each.variant.name,
        "Largest difference of a score": each.largest,
        "Mean": each.mean,
        "Of the range": "–" if each.relative is None else f"{each.relative:.2%}",
        "Kendall tau": None if each.tau is None else round(each.tau.mean, 4),
        "Other first ten": _share(each.changed_sets),
        "Other order of them": _share(each.changed_orders),
        f"{measure}, difference in points": "–" if each.difference is None else _points(each.difference),
    }


def _share(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.mean:.0%} [{interval.low:.0%}, {interval.high:.0%}]"


def _points(pair: Difference) -> str:
    return f"{100 * pair.difference:+.2f} [{100 * pair.interval.low:+.1f}, {100 * pair.interval.high:+.1f}]"


def _show_queries(session: SessionState, report: StabilityReport) -> None:
    """Where a variant changes most."""
    shown = {each.variant.name: each for each in report.variants if each.shifts}
    if not shown:
        return
    plain.subheader("Query by query", anchor=False)
    state = session.of(_Shown)
    state.variant = among(state.variant, shown, default=next(iter(shown)))
    field(plain.segmented_control, "Variant", state, "variant", key="w_stability_variant", options=list(shown), required=True)
    each = shown[state.variant]
    before, after = report.base.per_query, each.result.per_query
    rows = [
        {
            "Query": shift.query,
            "Kendall tau": round(shift.tau, 4),
            "Largest difference of a score": shift.largest,
            "First ten": "same" if shift.same_order else "another order" if shift.same_set else "other documents",
            f"{report.measure} as it is": before[shift.query][report.measure],
            f"{report.measure} in the variant": after[shift.query][report.measure],
        }
        for shift in sorted(each.shifts, key=lambda shift: shift.tau)
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height=min(460, 38 + 35 * len(rows)))
