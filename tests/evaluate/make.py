"""Rankings made by hand, for the tests of everything that reads rankings."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.types import (
    BM25_SCORE,
    Provenance,
    Query,
    RankedDocument,
    Ranking,
    ScoreScale,
    StageTimes,
    Timing,
)


def run_times(
    total: float, *, tokenise: float = 1, compute: float = 2, postprocess: float = 0.5, queue: float = 0
) -> StageTimes:
    return StageTimes(queue=queue, tokenise=tokenise, compute=compute, postprocess=postprocess, total=total)


def make_ranking(
    ids: Sequence[str],
    *,
    ranker: str = "bm25",
    query: str = "q",
    scores: Sequence[float] | None = None,
    scale: ScoreScale = BM25_SCORE,
    runs: Sequence[StageTimes] = (run_times(4),),
    load: float | None = None,
    cached: bool = False,
    warnings: tuple[str, ...] = (),
    parameters: dict[str, str | int | float | bool | None] | None = None,
    details: dict[str, str | int | float | bool | None] | None = None,
    matched: int | None = None,
) -> Ranking:
    """`ids` best first; the scores fall by 1 down to 1 unless given."""
    values = scores if scores is not None else [float(len(ids) - position) for position in range(len(ids))]
    return Ranking(
        ranker=ranker,
        query=Query(text="what is what", id=query),
        items=tuple(
            RankedDocument(id=document, rank=rank, score=score, candidate=rank - 1, tokens_used=7, tokens_total=9)
            for rank, (document, score) in enumerate(zip(ids, values, strict=True), start=1)
        ),
        scale=scale,
        timing=Timing(
            runs=tuple(runs),
            load=load,
            warmup="none",
            documents=len(ids),
            tokens=9 * len(ids),
            device="cpu",
            device_name="a processor",
            precision="fp32",
            measured_at="2026-01-02T03:04:05+00:00",
            host="a machine",
            cached=cached,
        ),
        provenance=Provenance(
            ranker=ranker,
            family=ranker.partition(":")[0].partition("?")[0],
            model="",
            revision="",
            weights_sha256="",
            device="cpu",
            device_name="a processor",
            precision="fp32",
            backend="python",
            parameters=parameters or {},
            versions={"numpy": "2.0"},
        ),
        warnings=warnings,
        details=details or {},
        matched=matched,
    )
