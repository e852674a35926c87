"""Where the order is nearly undecided, and what another precision or batch makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from reranklab.explain.near_ties import NEAR, Gap, flips, near_ties
from reranklab.explain.settings import rank_in_settings
from reranklab.plots.gaps import draw_gaps
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.types import RANK_ONLY, Ranking
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.whole_list import cost_of, list_key
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import show_figure
from reranklab.ui.page import say
from reranklab.ui.state import SessionState

_MOST_ROWS = 500


def show_gaps(session: SessionState, subject: Subject) -> None:
    """The gaps, the near-ties in a table, and for each ranker the check under other settings."""
    scored = [ranking for ranking in subject.rankings if ranking.scale != RANK_ONLY]
    near = {ranking.ranker: near_ties(ranking) for ranking in scored}
    ranks = {ranker: {gap.rank for gap in found} for ranker, found in near.items()}
    show_figure(draw_gaps(subject.rankings, near=ranks, titles=subject.titles), key="gaps", session=session)
    st.subheader("Near-ties", anchor=False)
    say("note", f"Neighbours closer than {NEAR:.0%} of the list's score range, and equal scores.")
    table = st.container()
    checked = _check(session, subject)
    rows = [_row(subject, ranking, gap, checked.get(ranking.ranker)) for ranking in scored for gap in near[ranking.ranker]]
    with table:
        if rows:
            shown = rows[:_MOST_ROWS]
            st.dataframe(shown, hide_index=True, width="stretch", height=min(420, 38 + 35 * len(shown)), placeholder="–")
            if len(rows) > _MOST_ROWS:
                say("note", f"The first {_MOST_ROWS} of {len(rows):,}.")
        else:
            say("note", "There are none in this list.")
    for ranking in subject.rankings:
        if ranking.ranker in checked:
            say("info", f"{ranker_name(subject, ranking.ranker)}: {_stability(ranking, near, checked[ranking.ranker])}")


def _check(session: SessionState, subject: Subject) -> Mapping[str, Mapping[str, Ranking]]:
    """Ranker id to its rankings in other settings, for those that were asked for."""
    st.subheader("Other precisions and batches", anchor=False)
    found = {}
    alone = []
    for spec, ranking in zip(subject.specs, subject.rankings, strict=True):
        name = ranker_name(subject, spec.id)
        others = spec.family.settings(spec, subject.device)
        if not others:
            alone.append(name)
            continue
        result = computed(
            session,
            list_key(subject, "settings", spec.id),
            f"Check {name}",
            _Check(subject, others),
            at_once=False,
            cost=f"{_listed(spec, others)}: {cost_of(spec, ranking, len(others))}",
        )
        if result is not None:
            found[spec.id] = result
    if alone:
        say("note", f"{', '.join(alone)}: no other setting to check.")
    return found


class _Check:
    """The ranking in other settings. Holds values only, since it runs in a thread."""

    def __init__(self, subject: Subject, specs: Sequence[RankerSpec]) -> None:
        self._subject = subject
        self._specs = specs

    def __call__(self, cancel: CancelSignal, progress: Progress) -> Mapping[str, Ranking]:
        subject = self._subject
        return rank_in_settings(subject.build, self._specs, subject.query, subject.documents, cancel=cancel, progress=progress)


def _listed(spec: RankerSpec, others: Sequence[RankerSpec]) -> str:
    return ", ".join(_setting(spec, other) for other in others)


def _setting(spec: RankerSpec, other: RankerSpec) -> str:
    """What `other` does otherwise."""
    if "precision" in other.options and other.option("precision") != spec.option("precision"):
        return other.option("precision")
    return "one text at a time"


def _row(subject: Subject, ranking: Ranking, gap: Gap, others: Mapping[str, Ranking] | None) -> dict[str, Any]:
    return {
        "Ranker": ranker_name(subject, ranking.ranker),
        "Ranks": f"{gap.rank}, {gap.rank + 1}",
        "Above": gap.upper,
        "Below": gap.lower,
        "Gap": f"{gap.size:.3g} ({ranking.scale.name})",
        "Of the range": f"{gap.relative:.2%}",
        "Changes places": None if others is None else _changes(ranking, gap, others),
    }


def _changes(ranking: Ranking, gap: Gap, others: Mapping[str, Ranking]) -> str:
    """In which of the other settings the lower document stands above."""
    spec = parse_ranker_id(ranking.ranker)
    turned = [
        _setting(spec, parse_ranker_id(name))
        for name, other in others.items()
        if other.rank_of()[gap.lower] < other.rank_of()[gap.upper]
    ]
    return f"in {', '.join(turned)}" if turned else "never"


def _stability(ranking: Ranking, near: Mapping[str, Sequence[Gap]], others: Mapping[str, Ranking]) -> str:
    changed = {flip.rank for flip in flips(ranking, list(others.values())) if flip.flips}
    close = {gap.rank for gap in near.get(ranking.ranker, ())}
    spec = parse_ranker_id(ranking.ranker)
    settings = _listed(spec, [parse_ranker_id(name) for name in others])
    rest = len(ranking.items) - 1 - len(close)
    return (
        f"under {settings}, {len(changed & close)} of {len(close)} near-ties change places, "
        f"and {len(changed - close)} of the other {rest} pairs of neighbours."
    )
