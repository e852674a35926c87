"""What scoring changed documents will take, estimated from the run's own times."""

from __future__ import annotations

from reranklab.explain.rescoring import position_of
from reranklab.rankers.registry import FAMILIES, RankerSpec, parse_ranker_id
from reranklab.types import Ranking
from reranklab.ui.explain.subject import Subject
from reranklab.ui.names import model_name, title

AT_ONCE = 2_500.0
"""Milliseconds that an explanation may take without being asked for."""


def rescoring_time(subject: Subject, ranking: Ranking, variants: int, *, document_id: str = "") -> float:
    """Milliseconds to score `variants` of one document; for a ranker that is not pointwise, as many whole lists."""
    if not FAMILIES[ranking.provenance.family].pointwise:
        return variants * ranking.timing.p50()
    place = position_of(subject.documents, document_id or subject.document.id)
    item = next(item for item in ranking.items if item.candidate == place)
    query = len(subject.query.text.split()) + 3
    tokens = ranking.timing.tokens + query * ranking.timing.documents
    return variants * ranking.timing.p50() * (item.tokens_used + query) / max(tokens, 1)


def in_words(subject: Subject, ranking: Ranking, variants: int, milliseconds: float) -> str:
    """The cost beside a button."""
    if FAMILIES[ranking.provenance.family].pointwise:
        return f"{variants:,} changed documents to score, about {duration(milliseconds)}."
    return f"{variants:,} lists of {len(subject.documents):,} to rank, about {duration(milliseconds)}."


def runs_at_once(ranking: Ranking, milliseconds: float) -> bool:
    """Whether it is quick, and calls no other machine."""
    return milliseconds <= AT_ONCE and not calls_elsewhere(parse_ranker_id(ranking.ranker))


def calls_elsewhere(spec: RankerSpec) -> bool:
    return spec.family == "listwise-llm" and spec.option("method") == "chat"


def duration(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def ranker_name(subject: Subject, ranker: str) -> str:
    """The ranker's title, with its model where another ranker of the run has the same title."""
    name = title(ranker)
    same = [ranking.ranker for ranking in subject.rankings if title(ranking.ranker) == name]
    return name if len(same) < 2 else f"{name}: {model_name(ranker)}"
