"""An evaluation as two tables: a row for each ranker and query, and one for each document of each ranking."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from reranklab.evaluate.evaluated import Evaluated
from reranklab.evaluate.experiment import POOLED, RankerResult
from reranklab.evaluate.metrics import judged_share
from reranklab.export import csv_cell, to_rows

Cell = str | int | float | None
Row = Mapping[str, Cell]


def query_rows(evaluations: Sequence[Evaluated]) -> list[Row]:
    """A row for each ranker and query.

    `state` is ranked, without candidates, failed or not ranked yet; `ms` is the median of the runs. Measures that an evaluation
    does not have are None there.
    """
    measures = list(dict.fromkeys(measure for evaluation in evaluations for measure in evaluation.measures))
    return [
        row for evaluation in evaluations for result in evaluation.results for row in _query_rows(evaluation, result, measures)
    ]


def document_rows(evaluations: Sequence[Evaluated]) -> list[Row]:
    """A row for each document of each ranking, with the ranker's own score and the grade; None is not judged."""
    return [
        {"dataset": str(evaluation.settings.get("dataset")), "split": str(evaluation.settings.get("split")), **row}
        for evaluation in evaluations
        for result in evaluation.results
        for row in to_rows(result.rankings, None, evaluation.qrels)
    ]


def as_csv(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a header line. A text that a spreadsheet would run as a formula gets a leading apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if rows:
        writer.writerow([csv_cell(name) for name in rows[0]])
    for row in rows:
        writer.writerow([csv_cell(value) if isinstance(value, str) else value for value in row.values()])
    return buffer.getvalue().encode("utf-8", "backslashreplace")


def _query_rows(evaluation: Evaluated, result: RankerResult, measures: Sequence[str]) -> list[Row]:
    rankings = {ranking.query.id: ranking for ranking in result.rankings}
    errors = {error.query: error.message for error in result.errors}
    rows: list[Row] = []
    for query in evaluation.qrels:
        ranking = rankings.get(query)
        values = result.per_query.get(query, {})
        error = errors.get(query, errors.get(None))
        unranked = "without candidates" if query in result.without_candidates else "failed" if error else "not ranked yet"
        state = unranked if ranking is None else "ranked"
        rows.append(
            {
                "dataset": str(evaluation.settings.get("dataset")),
                "split": str(evaluation.settings.get("split")),
                "ranker": result.ranker,
                "query_id": query,
                "query": None if ranking is None else ranking.query.text,
                **{measure: values.get(measure) for measure in measures},
                "documents": 0 if ranking is None else len(ranking.items),
                f"judged_in_top_{POOLED}": None if ranking is None else judged_share(ranking, evaluation.qrels[query], POOLED),
                "ms": ranking.timing.p50() if ranking is not None and ranking.timing.runs else None,
                "state": state,
                "error": error if state == "failed" else None,
            }
        )
    return rows
