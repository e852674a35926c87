"""Votes on pairs of documents by another ranker, and the scores that fit them best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from reranklab.errors import InputError
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.composed.parts import summed_details
from reranklab.rankers.composed.whole import composed_provenance, composed_timing, composed_warnings
from reranklab.rankers.family import BuildContext, Capability, RankerSpec
from reranklab.rankers.votes.budget import pairs_of
from reranklab.rankers.votes.consistency import consistency
from reranklab.rankers.votes.design import Design, voted
from reranklab.rankers.votes.scales import SCALES
from reranklab.rankers.votes.strengths import Model, Strengths, Votes
from reranklab.rankers.votes.voters import PairVoter, ScoreVoter, Vote, Voter
from reranklab.types import Document, Query, RankedDocument, Ranking, Scalar, Stage, Timing


class VotesRanker(SpecRanker):
    """Texts that are alike are one item of the vote, so that they have one score. A document's tokens are those that the ranker
    inside read of it."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        (inside,) = spec.stages
        self._inside = context.build(inside)
        self._model = cast(Model, spec.option("model"))
        self._kind = cast(Vote, spec.option("vote"))
        self._design = cast(Design, spec.option("design"))
        self._prior = spec.number("prior", low=0.1, high=10)
        self._seed = spec.integer("seed", low=0, high=2**31 - 1)
        pairs_of(spec, count=2)
        if self._kind == "soft" and not inside.can(Capability.POINTWISE):
            raise InputError(f"{inside.id} answers who goes first and by how much it does not. Take vote=hard.")

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._inside.load(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        place: dict[str, int] = {}
        for document in documents:
            place.setdefault(document.content, len(place))
        item_of = [place[document.content] for document in documents]
        items = [documents[item_of.index(item)] for item in range(len(place))]
        budget = pairs_of(self.spec, count=len(items))
        clock = RunClock(cpu(), cancel=cancel)
        voter = self._voter(query, items, budget, cancel=cancel, progress=progress)
        votes, found = voted(
            len(items),
            budget,
            voter.vote,
            model=self._model,
            prior=self._prior,
            design=self._design,
            seed=self._seed,
            cancel=cancel,
        )
        rankings = voter.rankings
        own = max(0.0, clock.elapsed() - sum(ranking.timing.p50("total") + ranking.timing.p50("queue") for ranking in rankings))
        first = rankings[0]
        inside = Stage.of(
            replace(
                first,
                timing=_timing(rankings, documents=len(documents), own=0.0),
                warnings=tuple(dict.fromkeys(warning for ranking in rankings for warning in ranking.warnings)),
                details=summed_details(ranking.details for ranking in rankings),
            )
        )
        return Ranking(
            ranker=self.id,
            query=query,
            items=self._items(documents, item_of, voter, found),
            scale=SCALES[self._model],
            timing=_timing(rankings, documents=len(documents), own=own),
            provenance=composed_provenance(self.spec, [first], self._parameters()),
            warnings=composed_warnings(rankings),
            details=_details(votes, inside.details, lists=len(rankings)),
            matched=0 if all(ranking.matched == 0 for ranking in rankings) else None,
            stages=(replace(inside, candidates=len(items)),),
        )

    def _voter(
        self,
        query: Query,
        items: Sequence[Document],
        budget: int,
        *,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> Voter:
        inside = self._inside
        if Capability.POINTWISE in inside.capabilities or len(items) == 1:
            return ScoreVoter(inside, query, items, kind=self._kind, cancel=cancel, progress=progress)
        both = self.spec.option("orders") == "both"
        return PairVoter(inside, query, items, both=both, most=budget, cancel=cancel, progress=progress)

    def _items(
        self, documents: Sequence[Document], item_of: Sequence[int], voter: Voter, found: Strengths
    ) -> tuple[RankedDocument, ...]:
        read = voter.read
        ordered = rank_by_score(
            documents,
            [float(found.scores[item]) for item in item_of],
            used=[read[item].tokens_used if item in read else 0 for item in item_of],
            total=[read[item].tokens_total if item in read else 0 for item in item_of],
            ranker=self.id,
        )
        return tuple(
            replace(
                each,
                error=float(found.errors[item]),
                unknown_share=read[item].unknown_share if item in read else 0.0,
            )
            for each in ordered
            for item in [item_of[each.candidate]]
        )

    def _parameters(self) -> dict[str, Scalar]:
        return {
            "pairs": self.spec.option("pairs"),
            "model": self._model,
            "vote": self._kind,
            "design": self._design,
            "prior": self._prior,
            "seed": self._seed,
        }


def _details(votes: Votes, inside: Mapping[str, Scalar], *, lists: int) -> dict[str, Scalar]:
    found = consistency(votes)
    details: dict[str, Scalar] = {
        "voted_pairs": len(votes.share),
        "pairs": votes.count * (votes.count - 1) // 2,
        "lists": lists,
        "triples": found.triples,
        "intransitive": found.intransitive,
    }
    return details | ({"calls": inside["calls"]} if "calls" in inside else {})


def _timing(rankings: Sequence[Ranking], *, documents: int, own: float) -> Timing:
    """One ranker made them all, and was loaded once."""
    return replace(composed_timing(rankings, documents=documents, own=own), load=rankings[0].timing.load)
