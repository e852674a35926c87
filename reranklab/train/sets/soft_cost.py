"""What a teacher's scores cost: estimated before it is asked, counted afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.evaluate.computing import RankingTask
from reranklab.latency.cost import estimated_usd, fitting_prices
from reranklab.latency.prices import Price
from reranklab.rankers.estimate import Estimate, rounded, together, workload_of
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherCost:
    """Of `lists`, with so many `pairs` of query and document. `calls` are prompts or requests, 0 where each pair is read once
    and nobody is asked; `read` and `written` are tokens. `usd` are the lowest and the highest price by the table, None where
    nothing is charged or no price fits. `stored` lists were computed earlier and cost nothing now."""

    lists: int
    pairs: int
    calls: int
    read: int
    written: int
    usd: tuple[float, float] | None = None
    stored: int = 0
    exact: bool = True

    @property
    def words(self) -> str:
        """One sentence's worth, such as "240 lists, 4,800 pairs, at most 9,120 calls, about 1,400,000 tokens read, $0.2100"."""
        calls = f", {'' if self.exact else 'at most '}{self.calls:,} calls" if self.calls else ""
        written = f", {rounded(self.written):,} written" if self.written else ""
        usd = ""
        if self.usd is not None:
            low, high = (f"${each:,.4f}" for each in self.usd)
            usd = f", {low if low == high else f'{low} to {high}'} by the table of prices"
        stored = f"; {self.stored:,} of the lists were stored" if self.stored else ""
        return (
            f"{self.lists:,} lists, {self.pairs:,} pairs of query and document{calls}, about {rounded(self.read):,} tokens "
            f"read{written}{usd}{stored}"
        )

    def record(self, prefix: str) -> dict[str, Scalar]:
        """As plain values, for a model's card."""
        values: dict[str, Scalar] = {
            "lists": self.lists,
            "pairs": self.pairs,
            "calls": self.calls,
            "tokens_read": self.read,
            "tokens_written": self.written,
            "usd_low": None if self.usd is None else self.usd[0],
            "usd_high": None if self.usd is None else self.usd[1],
            "stored": self.stored,
        }
        return {f"{prefix}_{name}": value for name, value in values.items()}


def estimated_cost(teacher: RankerSpec, tasks: Sequence[RankingTask], prices: Sequence[Price]) -> TeacherCost:
    """Before anything is asked. Raises InputError for an option of the teacher that does not work."""
    loads = [workload_of(task.query, task.documents) for task in tasks if task.documents]
    pairs = sum(load.documents for load in loads)
    known = [found for load in loads if (found := teacher.estimate(load)) is not None]
    whole = together(known)
    if whole is None:
        read = sum(load.documents * (load.document_tokens + load.query_tokens) for load in loads)
        return TeacherCost(lists=len(loads), pairs=pairs, calls=0, read=round(read), written=0, exact=False)
    return TeacherCost(
        lists=len(loads),
        pairs=pairs,
        calls=whole.calls,
        read=whole.tokens,
        written=whole.written,
        usd=_dollars(teacher, prices, known) if teacher.can(Capability.HOSTED) else None,
        exact=whole.exact,
    )


def counted_cost(teacher: RankerSpec, rankings: Sequence[Ranking], prices: Sequence[Price]) -> TeacherCost:
    """What was read and asked for, by the rankings' own counts. Lists from the store are counted as stored alone."""
    new = [ranking for ranking in rankings if not ranking.timing.cached]
    counted = [
        Estimate(
            calls=_count(ranking, "calls"),
            tokens=ranking.timing.tokens - _count(ranking, "written_tokens"),
            written=_count(ranking, "written_tokens"),
        )
        for ranking in new
    ]
    return TeacherCost(
        lists=len(rankings),
        pairs=sum(len(ranking.items) for ranking in rankings),
        calls=sum(each.calls for each in counted),
        read=sum(each.tokens for each in counted),
        written=sum(each.written for each in counted),
        usd=_dollars(teacher, prices, counted) if teacher.can(Capability.HOSTED) and counted else None,
        stored=len(rankings) - len(new),
    )


def _dollars(teacher: RankerSpec, prices: Sequence[Price], lists: Sequence[Estimate]) -> tuple[float, float] | None:
    whole = together(lists)
    asked = next((stage for stage in _all(teacher) if stage.can(Capability.HOSTED) and not stage.stages), teacher)
    fitting = fitting_prices(prices, asked.model, whole) if whole is not None else ()
    usd = sorted(sum(estimated_usd(price, each) for each in lists) for price in fitting)
    return (usd[0], usd[-1]) if usd else None


def _all(spec: RankerSpec) -> tuple[RankerSpec, ...]:
    return (spec, *(inner for stage in spec.stages for inner in _all(stage)))


def _count(ranking: Ranking, name: str) -> int:
    value = ranking.details.get(name)
    own = value if isinstance(value, int) else 0
    return own or sum(each for stage in ranking.stages if isinstance(each := stage.details.get(name), int))
