"""What a search for a configuration found: quality against the p95, with the budget."""

from __future__ import annotations

from reranklab.evaluate.pareto import Offer
from reranklab.plots.drawing import Drawing
from reranklab.plots.pareto import draw_pareto
from reranklab.rankers.titles import ranker_titles
from reranklab.tune.tuner import Tuning


def draw_tuning(tuning: Tuning) -> Drawing:
    """The finalists with their numbers, from 1 for the fastest, and what they give and cost."""
    return draw_pareto(
        {each.ranker: Offer(quality=each.mean, ms=each.p95.value) for each in tuning.finalists},
        measure=f"{tuning.measure} as tuned",
        titles=ranker_titles(each.ranker for each in tuning.finalists),
        time="p95",
        budget=tuning.budget,
        marks={each.ranker: str(number) for number, each in enumerate(tuning.finalists, start=1)},
    )
