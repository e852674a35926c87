"""From the series that changed together to what caused it. The order of the rules is the order of `_RULES`.

What changed first in the chain explains the rest: another model explains its scores and its time, other queries explain the
documents that they find, documents explain scores and cuts. Only what is left unexplained becomes a cause of its own. The time
that longer documents or more candidates cost is never a slower machine: that is what the law is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reranklab.watch.report import Shift

SCORES = frozenset({"top_score", "mean_score", "spread"})
_OUTCOMES = SCORES | {"disagreement", "support"}
_TIMES = frozenset({"machine", "milliseconds", "slow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`renamed` says whether the log names another ranker; `machine` whether the time is sure to have changed beyond what the
    sizes explain, None where no law tells."""

    shifts: Mapping[str, Shift]
    renamed: bool = False
    machine: bool | None = None

    def has(self, *series: str) -> bool:
        return any(name in self.shifts and self.shifts[name].changed for name in series)

    def grew(self, series: str) -> bool:
        shift = self.shifts[series]
        return shift.change > (1 if shift.kind == "positive" else 0)

    @property
    def changed(self) -> frozenset[str]:
        return frozenset(name for name, shift in self.shifts.items() if shift.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """`causes`, the main one first, and the changed series that they explain."""

    causes: tuple[str, ...]
    follows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """`own` are the series of the cause itself: one of them must have changed and be unexplained yet. `explains` are those that
    change with it. `also` has to hold besides."""

    cause: Callable[[Found], str]
    own: frozenset[str]
    explains: frozenset[str]
    also: Callable[[Found], bool] = lambda found: True


def _fixed(cause: str) -> Callable[[Found], str]:
    return lambda found: cause


def _of_size(series: str, more: str, fewer: str) -> Callable[[Found], str]:
    return lambda found: more if found.grew(series) else fewer


_RULES = (
    _Rule(
        cause=_fixed("model_swapped"),
        own=frozenset({"ranker"}),
        explains=_OUTCOMES | _TIMES | {"truncated"},
    ),
    _Rule(
        cause=_fixed("new_domain"),
        own=frozenset({"queries", "new_words"}),
        explains=_OUTCOMES | {"documents", "truncated", "unknown", "queries", "new_words", "slow"},
    ),
    _Rule(
        cause=_fixed("new_domain"),
        own=frozenset({"unknown"}),
        explains=_OUTCOMES | {"documents", "truncated", "slow"},
        also=lambda found: found.has("documents", "disagreement", *SCORES),
    ),
    _Rule(
        cause=_of_size("documents", "longer_documents", "shorter_documents"),
        own=frozenset({"documents"}),
        explains=_OUTCOMES | {"truncated", "slow", "milliseconds"},
    ),
    _Rule(
        cause=_of_size("candidates", "more_candidates", "fewer_candidates"),
        own=frozenset({"candidates"}),
        explains=_OUTCOMES | {"slow", "milliseconds"},
    ),
    _Rule(
        cause=_fixed("model_swapped"),
        own=SCORES,
        explains=_OUTCOMES | _TIMES | {"truncated"},
    ),
    _Rule(
        cause=_fixed("unknown_tokens"), own=frozenset({"unknown"}), explains=frozenset({"truncated", "disagreement", "support"})
    ),
    _Rule(cause=_fixed("truncated"), own=frozenset({"truncated"}), explains=frozenset({"disagreement", "support", "slow"})),
    _Rule(cause=_fixed("disagreement"), own=frozenset({"disagreement"}), explains=frozenset({"support"})),
    _Rule(
        cause=_of_size("support", "more_support", "less_support"),
        own=frozenset({"support"}),
        explains=frozenset(),
    ),
    _Rule(
        cause=_of_size("machine", "slower_machine", "faster_machine"),
        own=frozenset({"machine"}),
        explains=frozenset({"slow"}),
        also=lambda found: bool(found.machine),
    ),
    _Rule(cause=_of_size("milliseconds", "slower", "faster"), own=frozenset({"milliseconds"}), explains=frozenset({"slow"})),
    _Rule(cause=_fixed("stalls"), own=frozenset({"slow"}), explains=frozenset()),
)


def name_causes(found: Found) -> Causes:
    """The causes of what changed; empty where the only change is a time that sizes explain."""
    explained: set[str] = set()
    roots: set[str] = set()
    causes: list[str] = []
    changed = found.changed | ({"ranker"} if found.renamed else frozenset())
    for rule in _RULES:
        own = (rule.own & changed) - explained
        if own and rule.also(found):
            causes.append(rule.cause(found))
            roots |= own
            explained |= own | rule.explains
    follows = tuple(name for name in found.shifts if name in (changed & explained) - roots)
    return Causes(causes=tuple(dict.fromkeys(causes)), follows=follows)
