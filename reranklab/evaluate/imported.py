"""Another system's ranking, from a TREC run, as a result like those computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reranklab.data.collection import Collection
from reranklab.data.text import shorten
from reranklab.data.trec import TrecRun, check_documents, parse_run
from reranklab.errors import InputError
from reranklab.evaluate.experiment import RankerResult, RankingTask, summarise
from reranklab.types import Provenance, Query, RankedDocument, Ranking, ScoreScale, Timing

PREFIX = "run:"
IMPORTED = ScoreScale(name="imported", description="the score column of an imported run; its meaning is not known here")


def read_run_file(path: Path) -> TrecRun:
    """Raises InputError for a file that cannot be read or is no TREC run."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path} cannot be read: {reason}. Check the path.") from error
    return parse_run(text.splitlines(), name=path.name)


def imported_result(
    run: TrecRun, collection: Collection, tasks: Sequence[RankingTask], *, measures: Sequence[str]
) -> RankerResult:
    """The run over the evaluated queries, scored; its id is `run:TAG`. It has no times.

    A query that the run leaves out scores 0, as in trec_eval -c. Raises InputError where the run names documents that the
    collection lacks, or none of the queries.
    """
    asked = {task.query.id: task for task in tasks}
    answered = [query for query in asked if query in run.lists]
    if not answered:
        raise InputError(
            f"The run {run.name} has none of the {len(asked):,} queries. Give the run of this collection and split."
        )
    check_documents(replace(run, lists={query: run.lists[query] for query in answered}), collection.documents)
    rankings = [_ranking(run_id(run), asked[query], run.lists[query]) for query in answered]
    without = [query for query in asked if query not in run.lists]
    result = summarise(run_id(run), len(asked), rankings, (), without, collection.qrels, measures)
    return replace(result, notes=tuple(_notes(run, asked, without)))


def run_id(run: TrecRun) -> str:
    """What stands for a ranker's id."""
    return PREFIX + run.tag


def check_tags(runs: Sequence[TrecRun]) -> None:
    """Raise InputError where two runs have one tag."""
    seen: dict[str, TrecRun] = {}
    for run in runs:
        if run.tag in seen:
            raise InputError(f"The runs {seen[run.tag].name} and {run.name} have one tag, {run.tag}. Give each its own.")
        seen[run.tag] = run


def _notes(run: TrecRun, asked: dict[str, RankingTask], without: Sequence[str]) -> list[str]:
    others = sum(query not in asked for query in run.lists)
    notes = []
    if others:
        which = f"1 query of the run {run.name} is" if others == 1 else f"{others:,} queries of the run {run.name} are"
        notes.append(f"{which} not among those evaluated and left out.")
    if without:
        notes.append(f"The run {run.name} has no list for {len(without):,} queries and scores 0 there: {shorten(without)}.")
    if run.tied:
        notes.append(
            f"In {run.tied:,} queries of the run {run.name} scores repeat. They are in the order of its rank column; trec_eval "
            "orders them by document id."
        )
    return notes


def _ranking(ranker: str, task: RankingTask, documents: Sequence[tuple[str, float]]) -> Ranking:
    return Ranking(
        ranker=ranker,
        query=Query(id=task.query.id, text=task.query.text),
        items=tuple(
            RankedDocument(id=document, rank=rank, score=score, candidate=rank - 1, tokens_used=0, tokens_total=0)
            for rank, (document, score) in enumerate(documents, start=1)
        ),
        scale=IMPORTED,
        timing=Timing(
            runs=(),
            load=None,
            warmup="none",
            documents=len(documents),
            tokens=0,
            device="",
            device_name="",
            precision="",
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            host="",
        ),
        provenance=Provenance(
            ranker=ranker,
            family="run",
            model="",
            revision="",
            weights_sha256="",
            device="",
            device_name="",
            precision="",
            backend="imported",
            parameters={},
            versions={},
        ),
    )
