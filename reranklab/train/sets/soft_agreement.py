"""How far soft labels agree with what people judged, where some of the queries have judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.evaluate.confidence import Interval, bootstrap_mean
from reranklab.evaluate.metrics import Qrels, score_rankings
from reranklab.types import Ranking, Scalar

MEASURE = "nDCG@10"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAgreement:
    """Means over queries, with intervals. `tau` is Kendall's tau-b between labels and grades of the judged documents of a
    query, over the `tau_queries` in which two of them have different grades; None where there is none. `ndcg` is that of the
    order of the labels over all candidates, over the `ndcg_queries` with a relevant document."""

    tau: Interval | None
    tau_queries: int
    ndcg: Interval | None
    ndcg_queries: int

    @property
    def words(self) -> str:
        """One sentence."""
        tau = f"tau {self.tau.short} over {self.tau_queries:,} queries" if self.tau else ""
        ndcg = f"{MEASURE} {self.ndcg.short} over {self.ndcg_queries:,} queries" if self.ndcg else ""
        return f"The labels agree with human judgements by {' and '.join(filter(None, (tau, ndcg)))}."

    def record(self) -> dict[str, Scalar]:
        """As plain values, for a model's card."""
        return {
            f"agreement_{name}_{end}": None if interval is None else getattr(interval, end)
            for name, interval in (("tau", self.tau), ("ndcg", self.ndcg))
            for end in ("mean", "low", "high")
        }


def label_agreement(rankings: Sequence[Ranking], qrels: Qrels) -> LabelAgreement | None:
    """None where no query of the rankings has a judgement that says anything."""
    from scipy.stats import kendalltau

    taus = []
    for ranking in rankings:
        grades = qrels.get(ranking.query.id, {})
        judged = [(item.score, grades[item.id]) for item in ranking.items if item.id in grades]
        if len({grade for _, grade in judged}) > 1 and len({score for score, _ in judged}) > 1:
            taus.append(float(kendalltau(*zip(*judged, strict=True)).statistic))
    relevant = [ranking for ranking in rankings if any(grade > 0 for grade in qrels.get(ranking.query.id, {}).values())]
    per_query: Mapping[str, Mapping[str, float]] = score_rankings(relevant, qrels, [MEASURE]) if relevant else {}
    if not taus and not relevant:
        return None
    return LabelAgreement(
        tau=bootstrap_mean(taus) if taus else None,
        tau_queries=len(taus),
        ndcg=bootstrap_mean([values[MEASURE] for values in per_query.values()]) if per_query else None,
        ndcg_queries=len(per_query),
    )
