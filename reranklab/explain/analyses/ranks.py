"""Ranks and margins: where a ranker put the document, and how far it is from its neighbours."""

from __future__ import annotations

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.rank_path import PathStage, rank_path
from reranklab.explain.record import stage_record
from reranklab.explain.rescoring import position_of
from reranklab.explain.sections import RANKS
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker
from reranklab.rankers.titles import ranker_title
from reranklab.types import RANK_ONLY, Ranking


def stage_of(subject: Subject, ranking: Ranking) -> PathStage:
    """The subject's document in one ranking of its run."""
    (stage,) = rank_path([ranking], subject.document.id, pool=subject.comparison.candidates.pool).stages
    return stage


def pool_in_words(subject: Subject) -> str:
    """Which of the candidates the document is."""
    pool = subject.comparison.candidates.pool
    number = position_of(subject.documents, subject.document.id) + 1
    drawn = f" drawn from a collection of {pool:,}" if pool else ""
    return f"In the candidate pool: number {number:,} of {len(subject.documents):,} documents{drawn}."


def grade_in_words(subject: Subject) -> str:
    """What the judgements say of the document; empty where the query has none."""
    judgements = subject.comparison.request.judgements
    if not judgements:
        return ""
    grade = judgements.get(subject.document.id)
    if grade is None:
        return "Nobody judged it for this query."
    return f"Judged {'relevant' if grade > 0 else 'not relevant'}, grade {grade}."


def margin_in_words(margin: float | None, neighbour: str | None, *, end: str) -> str:
    """A margin to the neighbour, `end` where there is none."""
    if neighbour is None:
        return end
    if margin is None:
        return f"no score, {neighbour}"
    return f"tied with {neighbour}" if margin == 0 else f"{margin:.3g} to {neighbour}"


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> PathStage:
    return stage_of(subject, ranking)


def _words(subject: Subject, finding: Finding[PathStage]) -> tuple[str, ...]:
    stage = finding.result
    lines = [pool_in_words(subject), grade_in_words(subject), passage_in_words(subject, stage), lost_in_words(subject, stage)]
    return tuple(line for line in lines if line)


def passage_in_words(subject: Subject, stage: PathStage) -> str:
    """The passage that decided the document's score; empty where it was ranked as a whole."""
    if stage.passage is None:
        return ""
    start, end = stage.passage
    text = " ".join(subject.document.content[start:end].split())
    shown = text if len(text) <= 200 else f"{text[:200].rstrip()}…"
    return f"{subject.titles[stage.ranker]}: the passage at characters {start + 1:,} to {end:,} decided: “{shown}”"


def lost_in_words(subject: Subject, stage: PathStage) -> str:
    """Where the document was lost inside of a ranker that holds others; empty where it was read to the end."""
    if stage.lost_at is None:
        return ""
    lost = ranker_title(stage.lost_at)
    return f"{subject.titles[stage.ranker]}: {lost} did not pass the document on, so the ranker after it never read it."


def _table(subject: Subject, finding: Finding[PathStage]) -> Table:
    stage = finding.result
    return Table(
        header=("rank", "score", "scale", "margin to the rank above", "margin to the rank below", "tokens read"),
        rows=(
            (
                stage.rank,
                None if stage.scale == RANK_ONLY else stage.score,
                stage.scale.name,
                margin_in_words(stage.margin_above, stage.above, end="it is the first"),
                margin_in_words(stage.margin_below, stage.below, end="it is the last"),
                stage.tokens_in_words,
            ),
        ),
    )


ANALYSIS = Analysis(
    id="ranks",
    title="Ranks and margins",
    summary="Where the ranker put the document, and how far it is from its neighbours.",
    section=RANKS,
    run=_run,
    record=stage_record,
    words=_words,
    table=_table,
)
