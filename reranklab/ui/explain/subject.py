"""What the Explain page is about: one document of the last run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.engine.request import context_of
from reranklab.engine.run import build_in
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.types import Document, Query, Ranking
from reranklab.ui.escape import shorten
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A document in the run it comes from."""

    comparison: Comparison
    document: Document

    @property
    def query(self) -> Query:
        return self.comparison.request.query

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.comparison.documents

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        return self.comparison.rankings

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to title for all rankers of the run."""
        return self.comparison.titles

    @property
    def device(self) -> str:
        return self.comparison.settings.device

    @property
    def specs(self) -> tuple[RankerSpec, ...]:
        """The rankers that gave a ranking."""
        return tuple(parse_ranker_id(ranking.ranker) for ranking in self.rankings)

    def spec(self, ranker: str) -> RankerSpec:
        return next(spec for spec in self.specs if spec.id == ranker)

    def ranking(self, ranker: str) -> Ranking:
        return next(ranking for ranking in self.rankings if ranking.ranker == ranker)

    def build(self, spec: RankerSpec) -> Ranker:
        """A ranker as the run built it."""
        return build_in(spec, self.comparison.candidates, self.comparison.settings)

    def context(self, spec: RankerSpec) -> str:
        return context_of(spec, self.comparison.candidates, self.comparison.settings)

    def key(self, *parts: object) -> str:
        """A key for what was computed about this document in this run with the settings in `parts`."""
        return "\n".join([str(self.comparison.number), self.document.id, *map(str, parts)])


def show_subject(session: SessionState) -> Subject | None:
    """The query, and the choice of the document; without a run, the way to one."""
    comparison = session.comparison
    if comparison is None or not comparison.rankings:
        say("info", "There is nothing to explain yet. Rank some documents on the Compare page, then choose one.")
        st.page_link("app.py", label="Go to Compare")
        return None
    documents = {document.id: document for document in comparison.documents}
    ranks = comparison.rankings[0].rank_of()
    ids = sorted(documents, key=ranks.__getitem__)
    session.selected = among(session.selected, ids, default=ids[0])
    say("query", comparison.request.query.text)

    def store(document_id: str) -> None:
        session.selected = document_id

    def name(document_id: str) -> str:
        document = documents[document_id]
        return f"{document_id}: {shorten(document.title or document.text, limit=90)}"

    kept(
        st.selectbox, "Document", key="w_explained", value=session.selected, store=store, options=ids, format_func=name,
        help="In the order of the first ranker.",
    )  # fmt: skip
    return Subject(comparison=comparison, document=documents[session.selected])
