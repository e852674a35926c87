"""What the Explain page is about: one document of the last run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.models.device import resolve_device
from reranklab.models.loaders import LoadedModel
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import Ranker
from reranklab.rankers.choice import choose_model
from reranklab.rankers.registry import RankerSpec, parse_ranker_id
from reranklab.types import Document, Query, Ranking
from reranklab.ui.escape import shorten
from reranklab.ui.page import say
from reranklab.ui.ranking import Outcome, build_in, context_of
from reranklab.ui.state import View
from reranklab.ui.widgets import among, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A document in the run it comes from."""

    outcome: Outcome
    document: Document

    @property
    def query(self) -> Query:
        return self.outcome.request.query

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.outcome.documents

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        return self.outcome.rankings

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to title for all rankers of the run."""
        return self.outcome.titles

    @property
    def device(self) -> str:
        return self.outcome.settings.device

    @property
    def specs(self) -> tuple[RankerSpec, ...]:
        """The rankers that gave a ranking."""
        return tuple(parse_ranker_id(ranking.ranker) for ranking in self.rankings)

    def spec(self, ranker: str) -> RankerSpec:
        return next(spec for spec in self.specs if spec.id == ranker)

    def ranking(self, ranker: str) -> Ranking:
        return next(ranking for ranking in self.rankings if ranking.ranker == ranker)

    def model(self, spec: RankerSpec, *, cancel: CancelSignal | None, progress: Progress | None) -> LoadedModel:
        """The model of a ranker, on the run's device."""
        return choose_model(spec, device=resolve_device(self.device)).get(cancel=cancel, progress=progress)

    def build(self, spec: RankerSpec) -> Ranker:
        """A ranker as the run built it."""
        return build_in(spec, self.outcome.candidates, self.outcome.settings)

    def context(self, spec: RankerSpec) -> str:
        return context_of(spec, self.outcome.candidates, self.outcome.settings)

    def key(self, *parts: object) -> str:
        """A key for what was computed about this document in this run with the settings in `parts`."""
        return "\n".join([str(self.outcome.number), self.document.id, *map(str, parts)])


def show_subject(view: View) -> Subject | None:
    """The query, and the choice of the document; without a run, the way to one."""
    outcome = view.outcome
    if outcome is None or not outcome.rankings:
        say("info", "There is nothing to explain yet. Rank some documents on the Compare page, then choose one.")
        st.page_link("app.py", label="Go to Compare")
        return None
    documents = {document.id: document for document in outcome.documents}
    ranks = outcome.rankings[0].rank_of()
    ids = sorted(documents, key=ranks.__getitem__)
    view.selected = among(view.selected, ids, default=ids[0])
    say("query", outcome.request.query.text)

    def store(document_id: str) -> None:
        view.selected = document_id

    def name(document_id: str) -> str:
        document = documents[document_id]
        return f"{document_id}: {shorten(document.title or document.text, limit=90)}"

    kept(
        st.selectbox, "Document", key="w_explained", value=view.selected, store=store, options=ids, format_func=name,
        help="In the order of the first ranker.",
    )  # fmt: skip
    return Subject(outcome=outcome, document=documents[view.selected])
