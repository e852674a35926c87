"""`rank` and `compare`: one query, a list of documents, one ranker or several."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.api.explanation import DEFAULT_METHOD, ExplanationResult, explain_comparison
from reranklab.api.figures import draw_comparison, figure_names
from reranklab.api.inputs import AnyRanker, Documents, as_spec, as_specs
from reranklab.api.requests import run_request
from reranklab.api.show import Cell, Shown, line
from reranklab.engine.comparison import Comparison, RankerRun
from reranklab.engine.opened import open_saved_file
from reranklab.engine.request import RunSettings
from reranklab.engine.saved import save_to_file
from reranklab.errors import InputError
from reranklab.export import to_csv, to_dict, to_rows, to_trec_run, to_trec_runs
from reranklab.extras import TABLES
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import DEFAULT_RANKER
from reranklab.types import RANK_ONLY, Document, Query, RankedDocument, Ranking

if TYPE_CHECKING:
    import pandas

    from reranklab.evaluate.agreement import Agreement
    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Result(Shown):
    """What the results of `rank` and `compare` share. `comparison` is the engine's own result."""

    comparison: Comparison

    @property
    def query(self) -> Query:
        return self.comparison.request.query

    @property
    def documents(self) -> tuple[Document, ...]:
        """The candidates in input order."""
        return self.comparison.documents

    @property
    def notes(self) -> tuple[str, ...]:
        """How the input was read, a sentence each."""
        return self.comparison.notes

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return figure_names(self.comparison)

    def document(self, document_id: str) -> Document:
        """Raises InputError for an id that is no candidate."""
        for document in self.documents:
            if document.id == document_id:
                return document
        raise InputError(f"There is no document {document_id!r} among the {len(self.documents):,} candidates.")

    def figure(self, name: str, *, selected: str | None = None, top: int | None = None) -> Drawing:
        """A figure with its text alternative; `selected` is the id of a document to mark, `top` keeps the first ranks.

        Raises InputError, naming the figures, for an unknown name, and MissingPackageError without plotly.
        """
        return draw_comparison(self.comparison, name, selected=selected, top=top)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each document of each ranking, with the columns of the CSV export and the text. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        return pandas.DataFrame(to_rows(self.comparison.rankings, self.documents, self._qrels))

    def to_csv(self) -> str:
        """The same rows as CSV, safe to open in a spreadsheet."""
        return to_csv(self.comparison.rankings, self.documents, self._qrels)

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab rank` gives as JSON, as plain values."""
        return to_dict(self.comparison.rankings, notes=self.notes)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it, with the texts, into a file that `open_result`, the app and `reranklab explain --saved` open again.

        Raises StorageError where the disk refuses.
        """
        return save_to_file(self.comparison, path)

    @property
    def _qrels(self) -> Mapping[str, Mapping[str, int]]:
        return {self.query.id: self.comparison.request.judgements}

    def _remarks(self) -> list[str]:
        titles = self.comparison.titles
        failed = [f"{titles[run.ranker]} {run.state}: {run.message}" for run in self.comparison.failures]
        warned = [f"{titles[each.ranker]}: {warning}" for each in self.comparison.rankings for warning in each.warnings]
        return [*failed, *warned, *self.notes]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RankResult(_Result):
    """One ranker's order of the documents. Iterating gives the ranked documents, best first."""

    @property
    def ranking(self) -> Ranking:
        return self.comparison.rankings[0]

    def __iter__(self) -> Iterator[RankedDocument]:
        return iter(self.ranking.items)

    def __len__(self) -> int:
        return len(self.ranking.items)

    def top(self, k: int) -> tuple[Document, ...]:
        """The first `k` documents, best first; all where there are fewer."""
        if k < 1:
            raise InputError(f"The depth {k} is below 1. Give a depth of 1 or more.")
        texts = {document.id: document for document in self.documents}
        return tuple(texts[item.id] for item in self.ranking.items[:k])

    def to_trec(self) -> str:
        """A TREC run; its scores follow from the ranks. Raises InputError for ids that hold whitespace."""
        return to_trec_run([self.ranking])

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        ranking, timing = self.ranking, self.ranking.timing
        title = self.comparison.titles[ranking.ranker]
        head = (
            f"{title} on {line(self.query.text, 60)!r}: {len(ranking.items):,} documents, "
            f"{timing.p50():.1f} ms on {timing.device} ({timing.precision})"
        )
        scored = ranking.scale != RANK_ONLY
        columns = ["rank", *([ranking.scale.name] if scored else []), "id", "text"]
        rows: list[list[Cell]] = [
            [item.rank, *([item.score] if scored else []), item.id, line(self.document(item.id).content)]
            for item in ranking.items
        ]
        return head, columns, rows, self._remarks()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ComparisonResult(_Result):
    """Several rankers' orders of the same documents. Iterating gives the rankings, in the order of the rankers.

    A ranker that failed has no ranking; `failures` say why.
    """

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        return self.comparison.rankings

    @property
    def failures(self) -> tuple[RankerRun, ...]:
        """The rankers without a ranking, each with its message and its error."""
        return self.comparison.failures

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to what it is called in figures, no two alike."""
        return self.comparison.titles

    def __iter__(self) -> Iterator[Ranking]:
        return iter(self.rankings)

    def __len__(self) -> int:
        return len(self.rankings)

    def __getitem__(self, ranker: str) -> Ranking:
        """The ranking of a ranker id. Raises InputError where there is none, with the reason where it failed."""
        for ranking in self.rankings:
            if ranking.ranker == ranker:
                return ranking
        reason = next((f" It failed: {run.message}" for run in self.failures if run.ranker == ranker), "")
        known = ", ".join(ranking.ranker for ranking in self.rankings)
        raise InputError(f"There is no ranking by {ranker!r}.{reason} Choose one of: {known}.")

    def agreement(self, *, k: int = 10, p: float = 0.9) -> tuple[Agreement, ...]:
        """Kendall's tau, overlap of the top `k` and rank-biased overlap for every pair of rankers."""
        from reranklab.evaluate.agreement import agreement_table

        return agreement_table(self.rankings, k=k, p=p)

    def explain(
        self,
        document: str,
        *,
        method: str | Sequence[str] = DEFAULT_METHOD,
        against: str | None = None,
        faithfulness: bool = False,
        settings: Mapping[str, object] | None = None,
        progress: Progress | None = None,
        cancel: CancelSignal | None = None,
    ) -> ExplanationResult:
        """Why a document stands where it does at each ranker; see `reranklab.explain`. Nothing is ranked again."""
        return explain_comparison(
            self.comparison,
            document,
            method=method,
            against=against,
            faithfulness=faithfulness,
            settings=settings,
            progress=progress,
            cancel=cancel,
        )

    def to_trec(self) -> dict[str, str]:
        """Ranker id to its TREC run. Raises InputError for ids that hold whitespace."""
        return to_trec_runs(self.rankings)

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        """Documents in the order of the first ranker, with their rank at each."""
        titles = self.titles
        head = f"{line(self.query.text, 60)!r}: ranks of {len(self.documents):,} documents on {self.comparison.settings.device}"
        ranks = [ranking.rank_of() for ranking in self.rankings]
        rows: list[list[Cell]] = [
            [item.id, *(rank[item.id] for rank in ranks), line(self.document(item.id).content)]
            for item in self.rankings[0].items
        ]
        return head, ["id", *(titles[ranking.ranker] for ranking in self.rankings), "text"], rows, self._remarks()


def rank(
    query: str | Query,
    documents: Documents,
    ranker: AnyRanker = DEFAULT_RANKER,
    *,
    device: str = "cpu",
    repeats: int = 1,
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> RankResult:
    """Order documents for a query with one ranker, after a warm-up, timed over `repeats` runs.

    `ranker` is an id such as "bm25" or "cross-encoder?precision=int8". `endpoints` are for rankers that ask a service, one a
    service; without one the environment's is used. Raises InputError for what cannot be used, and what the ranker raises.
    """
    settings = RunSettings(specs=(as_spec(ranker),), device=device, repeats=repeats, endpoints=endpoints)
    return RankResult(comparison=run_request(query, documents, settings, progress=progress, cancel=cancel))


def compare(
    query: str | Query,
    documents: Documents,
    rankers: AnyRanker | Sequence[AnyRanker] | None = None,
    *,
    judgements: Mapping[str, int] | None = None,
    device: str = "cpu",
    repeats: int = 1,
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> ComparisonResult:
    """Order the same documents with several rankers, one after the other, as `rank` does.

    Without `rankers` the default ones run whose packages are installed. `judgements` (document id to grade) mark relevant
    documents in figures and tables. A ranker's failure costs no other its result; where all fail the first one's error is
    raised. Raises InputError for what no ranker can use.
    """
    specs, notes = as_specs(rankers)
    settings = RunSettings(specs=specs, device=device, repeats=repeats, endpoints=endpoints)
    found = run_request(query, documents, settings, judgements=judgements, notes=notes, progress=progress, cancel=cancel)
    return ComparisonResult(comparison=found)


def open_result(path: str | os.PathLike[str]) -> ComparisonResult:
    """A result that was saved, here or on another machine, marked as measured earlier. Its notes say what cannot be explained
    here. Raises InputError for a file that is none."""
    return ComparisonResult(comparison=open_saved_file(path))
