"""The sections that analyses are shown in. An id is for links, state and tests; a title may be reworded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A question that several analyses answer."""

    id: str
    title: str
    summary: str


RANKS = Section(id="ranks", title="Ranks and margins", summary="Where each ranker put the document, and by what margin.")
ATTRIBUTION = Section(id="attribution", title="Attribution", summary="What each part of the document adds to its score.")
MATCHES = Section(id="matches", title="Matches", summary="Which token or term of the document answers which of the query.")
ATTENTION = Section(id="attention", title="Attention", summary="Where the model looks, or which words its vectors match.")
COMPARE = Section(id="compare", title="Compare two documents", summary="What makes the margin between two documents.")
WHAT_IF = Section(id="what-if", title="What if", summary="How an edit of the query or the document moves it.")
SCORES = Section(id="scores", title="Scores", summary="The scores of the whole list, its gaps and near-ties.")
STABILITY = Section(id="stability", title="Stability", summary="How far the order depends on the order given.")
