"""What of the document answers what of the query: token by token for late interaction, term by term for learned sparse ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from reranklab.data.spans import Span
from reranklab.explain.analyses.expansion import expansion_in_words, standing
from reranklab.explain.analyses.token_matches import matches_in_words, received, token_label
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.plots.palette import GREEN
from reranklab.rankers.explainable import TermMatches, TokenMatches
from reranklab.rankers.family import RankerSpec
from reranklab.ui import plain
from reranklab.ui.coloured import Legend, marked_segments, show_coloured
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

Marks = list[tuple[Span, float, str]]
_MOST_NAMED = 4
_COLUMNS = {
    "Contribution": st.column_config.NumberColumn(format="%.4f"),
    "Cosine": st.column_config.NumberColumn(format="%.4f"),
    "Query weight": st.column_config.NumberColumn(format="%.3f"),
    "Document weight": st.column_config.NumberColumn(format="%.3f"),
    "Share": st.column_config.NumberColumn(format="percent"),
}


@dataclass(slots=True, kw_only=True)
class MatchesState:
    """The ranker whose matches are shown."""

    ranker: str = ""


def show_matches(session: SessionState, subject: Subject) -> None:
    """The choice of a ranker, and its matches."""
    specs = {spec.id: spec for spec in subject.specs if _shown(spec) is not None}
    if not specs:
        say("info", "No ranker of this run matches token by token or term by term. Rank with late-interaction or sparse.")
        return
    state = session.of(MatchesState)
    state.ranker = among(state.ranker, specs, default=next(iter(specs)))
    field(
        plain.segmented_control, "Ranker", state, "ranker", key="w_matches_of", options=list(specs), required=True,
        format_func=subject.titles.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    show = _shown(specs[state.ranker])
    if show is not None:
        show(session, subject, state.ranker)


def _show_tokens(session: SessionState, subject: Subject, ranker: str) -> None:
    analysis = find_analysis("token-matches")
    say("note", analysis.summary)
    finding: Finding[TokenMatches] | None = ask_for(session, subject, analysis, ranker)
    if finding is None:
        return
    matches = finding.result
    legend = Legend(raises="share of the score", lowers="", full="full colour: the largest in the text", raises_colour=GREEN)
    _show_texts(matches.query, _asking(matches), matches.text, _answering(matches), legend=legend)
    for line in matches_in_words(subject, finding):
        say("note", line)
    _finish(subject, finding)


def _show_terms(session: SessionState, subject: Subject, ranker: str) -> None:
    analysis = find_analysis("expansion")
    say("note", analysis.summary)
    finding: Finding[TermMatches] | None = ask_for(session, subject, analysis, ranker)
    if finding is None:
        return
    matches = finding.result
    marks: Marks = [
        (span, match.contribution, f"{match.term}: adds {match.contribution:.3g}, {standing(match)}")
        for match in matches.matches
        for span in match.spans
    ]
    legend = Legend(raises="adds to the score", lowers="", full="full colour: the largest in the text", raises_colour=GREEN)
    show_coloured(
        marked_segments(matches.text, marks),
        key="matched_document",
        legend=legend,
        title="Shared terms that stand in the document",
    )
    for line in expansion_in_words(subject, finding):
        say("note", line)
    _finish(subject, finding)


def _finish(subject: Subject, finding: Finding[TokenMatches] | Finding[TermMatches]) -> None:
    """Figures, table and download."""
    for drawing in draw_findings(subject, [finding]):
        draw(drawing, key=finding.analysis.id)
    table = finding.analysis.table(subject, finding)  # type: ignore[arg-type]
    if table is not None and table.rows:
        names = [name.capitalize() for name in table.header]
        rows = [dict(zip(names, row, strict=True)) for row in table.rows]
        st.dataframe(rows, hide_index=True, width="stretch", placeholder="–", column_config=_COLUMNS)
    show_download(subject, [finding], name=finding.analysis.id)


def _show_texts(query: str, asking: Marks, text: str, answering: Marks, *, legend: Legend) -> None:
    show_coloured(
        marked_segments(query, asking), key="matched_query", legend=legend, title="The query by what each token finds"
    )
    show_coloured(
        marked_segments(text, answering), key="matched_document", legend=legend, title="The document by what its tokens answer"
    )


def _asking(matches: TokenMatches) -> Marks:
    """The query's tokens, each with its match."""
    if not matches.matched:
        return []
    marks: Marks = []
    for row, (token, index) in enumerate(zip(matches.query_tokens, matches.matched, strict=True)):
        if token.part == "document":
            name = token_label(matches.document_tokens[index], matches.text)
            added = matches.contributions[row]
            marks.append((token.span, added, f"matches {name}: cosine {matches.cosines[row, index]:.3f}, adds {added:.3g}"))
    return marks


def _answering(matches: TokenMatches) -> Marks:
    """The document's tokens that are the match of some query token."""
    askers: dict[int, list[str]] = {}
    for token, index in zip(matches.query_tokens, matches.matched, strict=False):
        askers.setdefault(index, []).append(token_label(token, matches.query))
    added = received(matches)
    return [
        (token.span, added[index], f"the match of {_named(askers[index])}: adds {added[index]:.3g}")
        for index, token in enumerate(matches.document_tokens)
        if token.part == "document" and index in askers
    ]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


_SHOW: dict[str, Callable[[SessionState, Subject, str], None]] = {"token-matches": _show_tokens, "expansion": _show_terms}


def _shown(spec: RankerSpec) -> Callable[[SessionState, Subject, str], None] | None:
    return next((show for analysis, show in _SHOW.items() if find_analysis(analysis).fits(spec.capabilities)), None)
