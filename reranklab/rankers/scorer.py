"""A family from a function that scores texts: the short way to a ranker of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reranklab.errors import InputError, ModelError
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, RankerSpec
from reranklab.types import Document, Provenance, Query, Ranking, ScoreScale

Score = Callable[[str, Sequence[str]], Sequence[float]]
"""Query and texts to one score a text, higher is better."""

_SCALE = ScoreScale(name="score", description="as the function gives it: higher is better")


class ScorerRanker(SpecRanker):
    """Ranks by a function. It reads whole texts, so tokens are words and nothing is cut."""

    def __init__(self, spec: RankerSpec, context: BuildContext, *, score: Score, scale: ScoreScale) -> None:
        self.spec = spec
        self._device: Device = context.device
        self._function = score
        self._scale = scale

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """Raises ModelError where the function gives another number of scores than it got texts."""
        check_input(query, documents)
        check_cancel(cancel)
        clock = RunClock(self._device, cancel=cancel)
        texts = [document.content for document in documents]
        with clock.turn():
            with clock.stage("compute"):
                scores = [float(score) for score in self._function(query.text, texts)]
            if len(scores) != len(texts):
                raise ModelError(f"{self.id} gave {len(scores)} scores for {len(texts)} texts. Return one score a text.")
            with clock.stage("postprocess"):
                lengths = [len(text.split()) for text in texts]
                items = rank_by_score(documents, scores, used=lengths, total=lengths, ranker=self.id)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=self._scale,
            timing=clock.stop(documents=len(documents), tokens=sum(lengths), precision="fp64"),
            provenance=Provenance(
                ranker=self.id,
                family=self.spec.family.id,
                model="",
                revision="",
                weights_sha256="",
                device=self._device.id,
                device_name=self._device.name,
                precision="fp64",
                backend=getattr(self._function, "__qualname__", type(self._function).__qualname__),
                parameters={},
                versions=library_versions(),
            ),
        )


def scorer_family(
    family_id: str,
    score: Score,
    *,
    title: str = "",
    summary: str = "",
    scale: ScoreScale = _SCALE,
    pointwise: bool = True,
    colour: str = "#56B4E9",
) -> Family:
    """The family of one ranker that orders texts by `score(query, texts)`, ties in input order.

    `pointwise` says that a text's score does not depend on the texts beside it; explanations are then far cheaper. `title` is
    what people see, the id where it is empty. Raises InputError for an id that cannot stand in a ranker id.
    """
    if not callable(score):
        raise InputError(f"The score of {family_id!r} is no function. Give one that takes a query and a list of texts.")

    def build(spec: RankerSpec, context: BuildContext) -> ScorerRanker:
        return ScorerRanker(spec, context, score=score, scale=scale)

    def capabilities(spec: RankerSpec) -> Capabilities:
        return frozenset({Capability.POINTWISE, Capability.ORDER_FREE}) if pointwise else frozenset()

    def describe(spec: RankerSpec) -> str:
        return summary

    return Family(
        id=family_id,
        title=title or family_id,
        summary=summary or "Scores texts by a function.",
        colour=colour,
        capabilities=capabilities,
        build=build,
        scales=(scale,),
        describe=describe,
    )
