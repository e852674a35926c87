"""The ranking that a log holds, as a ranking like those computed here."""

from __future__ import annotations

from datetime import UTC, datetime

from reranklab.types import RANK_ONLY, Provenance, RankedDocument, Ranking, ScoreScale, StageTimes, Timing
from reranklab.watch.behind import BehindQuery

LOGGED = ScoreScale(name="logged", description="the score that the log holds; its scale is the logged ranker's own")
PREFIX = "logged:"


def logged_ranking(behind: BehindQuery) -> Ranking | None:
    """The candidates with a text in the log's order, under an id that is no ranker's here. None where the log does not tell how
    long it took: no ranking is without a time."""
    request, ranked = behind.request, behind.ranked
    if request.milliseconds is None:
        return None
    ranker = PREFIX + (request.ranker or "unnamed")
    scored = bool(ranked.scores)
    tokens = {each.id: each.tokens or 0 for each in request.candidates}
    measured = datetime.fromtimestamp(request.time, UTC).isoformat(timespec="seconds")
    milliseconds = request.milliseconds
    run = StageTimes(queue=0.0, tokenise=0.0, compute=milliseconds, postprocess=0.0, total=milliseconds)
    return Ranking(
        ranker=ranker,
        query=ranked.query,
        items=tuple(
            RankedDocument(
                id=document.id,
                rank=rank,
                score=ranked.scores[rank - 1] if scored else 1 / rank,
                candidate=rank - 1,
                tokens_used=tokens.get(document.id, 0),
                tokens_total=tokens.get(document.id, 0),
            )
            for rank, document in enumerate(ranked.documents, start=1)
        ),
        scale=LOGGED if scored else RANK_ONLY,
        timing=Timing(
            runs=(run,),
            load=None,
            warmup="none",
            documents=len(request.candidates),
            tokens=sum(tokens.values()),
            device="production",
            device_name="the machine of the log",
            precision="",
            measured_at=measured,
            host="",
        ),
        provenance=Provenance(
            ranker=ranker,
            family="logged",
            model=request.ranker,
            revision="",
            weights_sha256="",
            device="production",
            device_name="the machine of the log",
            precision="",
            backend="logged",
            parameters={},
            versions={},
        ),
    )
