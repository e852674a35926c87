"""Other precisions and batches: the same ranker otherwise computed, and which neighbours then change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reranklab.errors import InputError
from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.cost import Cost, list_cost
from reranklab.explain.near_ties import Flip, Gap, flips, near_ties
from reranklab.explain.sections import SCORES
from reranklab.explain.settings import rank_in_settings, setting_in_words
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.types import RANK_ONLY, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSettings:
    """One ranker's ranking beside those in other settings: `others` is what is done otherwise, in words, to its ranking."""

    ranking: Ranking
    others: tuple[tuple[str, Ranking], ...]
    near: tuple[Gap, ...]

    @property
    def flips(self) -> tuple[Flip, ...]:
        return flips(self.ranking, [ranking for _, ranking in self.others])

    def flipped_in(self, gap: Gap) -> tuple[str, ...]:
        """The settings in which the lower document of a gap stands above."""
        return tuple(words for words, ranking in self.others if ranking.rank_of()[gap.lower] < ranking.rank_of()[gap.upper])


def settings_of(subject: Subject, spec: RankerSpec) -> tuple[RankerSpec, ...]:
    """The same ranker in other settings; none where there is nothing to set."""
    return spec.family.settings(spec, subject.device)


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> OtherSettings:
    spec = ranker.spec
    others = settings_of(subject, spec)
    if not others:
        raise InputError(f"{subject.titles[ranking.ranker]} has no other setting to check. Choose another ranker.")
    rankings = rank_in_settings(subject.build, others, subject.query, subject.documents, cancel=cancel, progress=progress)
    return OtherSettings(
        ranking=ranking,
        others=tuple((setting_in_words(spec, other), rankings[other.id]) for other in others),
        near=() if ranking.scale == RANK_ONLY else near_ties(ranking),
    )


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    spec = subject.spec(ranking.ranker)
    others = settings_of(subject, spec)
    lists = f"{len(others)} {'list' if len(others) == 1 else 'lists'} of {len(ranking.items):,} documents"
    return list_cost(subject, ranking, len(others), what=f"{listed(spec, others)}: {lists}")


def listed(spec: RankerSpec, others: Sequence[RankerSpec]) -> str:
    return ", ".join(setting_in_words(spec, other) for other in others)


def _record(other_settings: OtherSettings) -> dict[str, Any]:
    """In which settings each pair of neighbours changes places."""
    near = {gap.rank for gap in other_settings.near}
    return {
        "settings": [{"setting": words, "ranker": ranking.ranker} for words, ranking in other_settings.others],
        "neighbours": [
            {
                "rank": flip.rank,
                "above": flip.upper,
                "below": flip.lower,
                "changes_places": flip.flips,
                "settings": flip.runs,
                "near_tie": flip.rank in near,
            }
            for flip in other_settings.flips
        ],
    }


def _words(subject: Subject, finding: Finding[OtherSettings]) -> tuple[str, ...]:
    return (f"{subject.titles[finding.ranker]}: {changes_in_words(finding.result)}",)


def changes_in_words(other_settings: OtherSettings) -> str:
    """How many near-ties and how many other neighbours change places."""
    changed = {flip.rank for flip in other_settings.flips if flip.flips}
    close = {gap.rank for gap in other_settings.near}
    settings = ", ".join(words for words, _ in other_settings.others)
    rest = len(other_settings.ranking.items) - 1 - len(close)
    return (
        f"under {settings}, {len(changed & close)} of {len(close)} near-ties change places, "
        f"and {len(changed - close)} of the other {rest} pairs of neighbours."
    )


def _table(subject: Subject, finding: Finding[OtherSettings]) -> Table:
    return Table(
        header=("ranks", "above", "below", "changes places"),
        rows=tuple(
            (f"{flip.rank}, {flip.rank + 1}", flip.upper, flip.lower, f"in {flip.flips} of {flip.runs}")
            for flip in finding.result.flips
        ),
    )


ANALYSIS = Analysis(
    id="other-settings",
    title="Other precisions and batches",
    summary="The same ranker in another precision, or reading one text at a time: which neighbours then change places.",
    section=SCORES,
    scope="list",
    run=_run,
    record=_record,
    cost=_cost,
    words=_words,
    table=_table,
)
