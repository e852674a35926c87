"""Judging the candidates of a query, and how far judges agree.

Cohen's kappa: Cohen 1960. Weighted kappa with the squared distance of two grades as weight: Cohen 1968. Both count agreement
beyond what two judges reach who give their own shares of each grade at random: 1 is the same grade for every document, 0 is
chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from reranklab.data.beir import list_datasets
from reranklab.data.judged import (
    GRADES,
    Grades,
    JudgedFolder,
    checked_name,
    judged_names,
    own_grades,
    query_texts,
    set_grades,
)
from reranklab.data.samples import sample_names
from reranklab.errors import InputError
from reranklab.types import Document, Query

_RESAMPLES = 2000

Table = npt.NDArray[np.float64]
"""Pairs by the first judge's grade (row) and the second's (column)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingList:
    """A query's candidates before a judge, who keeps the grades in `collection`. `source` says where the query came from.

    Raises InputError for a name that cannot be used, or that a sample or BEIR dataset has.
    """

    collection: str
    judge: str
    query: Query
    candidates: tuple[Document, ...]
    source: str = ""

    def __post_init__(self) -> None:
        name = checked_name(self.collection, what="A collection")
        checked_name(self.judge, what="A judge")
        taken = {each.casefold() for each in (*sample_names(), *(dataset.name for dataset in list_datasets()))}
        if name.casefold() in taken:
            raise InputError(f"{name} is the name of a collection that comes with RerankLab. Take another for your own.")
        for known in judged_names():
            if known.casefold() == name.casefold() and known != name:
                raise InputError(f"There is a collection {known} already. Write its name like that, or take another.")

    def grades(self) -> dict[str, int]:
        """The judge's grades so far, by document id."""
        return own_grades(self.collection, judge=self.judge, query=self.query, candidates=self.candidates)

    def grade(self, grades: Mapping[str, int | None]) -> None:
        """Set grades by document id; None takes one back. Raises as `set_grades` does."""
        set_grades(
            self.collection,
            judge=self.judge,
            query=self.query,
            candidates=self.candidates,
            grades=grades,
            source=self.source,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAgreement:
    """Two judges over the `pairs` of query and document that both graded.

    `table` counts pairs by the first judge's grade (row) and the second's (column), from `lowest` up. `kappa` and `weighted`
    are None where chance alone agrees always: both gave one and the same grade throughout. `interval` is that of the weighted
    kappa, 95 % by a bootstrap over queries; None with fewer than two queries.
    """

    first: str
    second: str
    pairs: int
    queries: int
    same: float
    kappa: float | None
    weighted: float | None
    interval: tuple[float, float] | None
    table: tuple[tuple[int, ...], ...]
    lowest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A document that judges gave different grades: `grades` by judge, `merged` is what counts."""

    query_id: str
    query: str
    document_id: str
    grades: Mapping[str, int]
    merged: int

    @property
    def spread(self) -> int:
        return max(self.grades.values()) - min(self.grades.values())


def judge_agreements(judges: Mapping[str, Grades]) -> tuple[JudgeAgreement, ...]:
    """Every pair of judges that graded something in common."""
    pairs = (judge_agreement(a, b, judges[a], judges[b]) for a, b in combinations(judges, 2))
    return tuple(pair for pair in pairs if pair is not None)


def judge_agreement(first: str, second: str, one: Grades, other: Grades) -> JudgeAgreement | None:
    """The agreement of two judges; None where no pair was graded by both."""
    shared = {
        query: [(judged[document], other[query][document]) for document in judged if document in other[query]]
        for query, judged in one.items()
        if query in other
    }
    given = {query: grades for query, grades in shared.items() if grades}
    if not given:
        return None
    every = [grade for grades in given.values() for pair in grades for grade in pair]
    lowest, highest = min(*GRADES, *every), max(*GRADES, *every)
    tables = np.zeros((len(given), highest - lowest + 1, highest - lowest + 1))
    for number, grades in enumerate(given.values()):
        for a, b in grades:
            tables[number, a - lowest, b - lowest] += 1
    table = tables.sum(axis=0)
    return JudgeAgreement(
        first=first,
        second=second,
        pairs=int(table.sum()),
        queries=len(given),
        same=float(np.trace(table) / table.sum()),
        kappa=cohen_kappa(table),
        weighted=cohen_kappa(table, squared=True),
        interval=_interval(tables),
        table=tuple(tuple(int(count) for count in row) for row in table),
        lowest=lowest,
    )


def cohen_kappa(table: Table, *, squared: bool = False) -> float | None:
    """Kappa of a table of counts; `squared` weighs a disagreement by the squared distance of the grades. None where it is not
    defined, as chance alone agrees always."""
    places = np.arange(len(table))
    apart = places[:, None] - places[None, :]
    weights = (apart**2 if squared else apart != 0).astype(np.float64)
    total = table.sum()
    expected = float((weights * np.outer(table.sum(axis=1), table.sum(axis=0))).sum()) / total
    return None if expected == 0 else 1 - float((weights * table).sum()) / expected


def conflicts(judged: JudgedFolder) -> tuple[Conflict, ...]:
    """The documents on which judges differ, the farthest apart first."""
    texts, merged = query_texts(judged.folder), judged.merged
    found = []
    for query_id, documents in merged.items():
        for document_id, grade in documents.items():
            given = {
                judge: grades[query_id][document_id]
                for judge, grades in judged.judges.items()
                if document_id in grades.get(query_id, {})
            }
            if len(set(given.values())) > 1:
                text = texts.get(query_id, "")
                found.append(Conflict(query_id=query_id, query=text, document_id=document_id, grades=given, merged=grade))
    return tuple(sorted(found, key=lambda conflict: -conflict.spread))


def agreement_record(agreements: Sequence[JudgeAgreement], found: Sequence[Conflict]) -> dict[str, Any]:
    """Both as plain values for JSON."""
    return {"agreement": [asdict(each) for each in agreements], "conflicts": [asdict(each) for each in found]}


def _interval(tables: Table) -> tuple[float, float] | None:
    """95 % percentile bootstrap of the weighted kappa over queries; draws in which it is not defined are left out."""
    queries = len(tables)
    if queries < 2:
        return None
    drawn = np.random.default_rng(0).multinomial(queries, np.full(queries, 1 / queries), size=_RESAMPLES)
    values = [cohen_kappa(table, squared=True) for table in np.tensordot(drawn, tables, axes=1)]
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
