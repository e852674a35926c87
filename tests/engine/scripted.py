"""A ranker whose orders, errors and times a test writes down."""

from collections.abc import Callable, Sequence

from reranklab.models.clock import RunClock
from reranklab.models.device import Device, cpu
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.family import BuildContext, Family, Ranker, RankerSpec
from reranklab.types import RANK_ONLY, Document, Provenance, Query, Ranking

Scorer = Callable[[int, Sequence[Document]], Sequence[float]]


class ScriptedRanker:
    """`scorer` gets the number of the call, from 0, and the documents. `calls` holds how many documents each call had."""

    def __init__(self, scorer: Scorer, *, id: str = "scripted", device: Device | None = None) -> None:  # noqa: A002
        self.spec = scripted_spec(lambda spec, context: self, id=id)
        self.id = id
        self.capabilities = self.spec.capabilities
        self.calls: list[int] = []
        self.loads = 0
        self._scorer = scorer
        self._device = device or cpu()

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self.loads += 1

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        check_cancel(cancel)
        clock = RunClock(self._device)
        report(progress, done=0, total=1, unit="batch")
        number = len(self.calls)
        self.calls.append(len(documents))
        with clock.turn(), clock.stage("compute"):
            scores = self._scorer(number, documents)
        check_cancel(cancel)
        report(progress, done=1, total=1, unit="batch")
        lengths = [len(document.content.split()) for document in documents]
        return Ranking(
            ranker=self.id,
            query=query,
            items=rank_by_score(documents, scores, used=lengths, total=lengths, ranker=self.id),
            scale=RANK_ONLY,
            timing=clock.stop(documents=len(documents), tokens=sum(lengths), precision="fp64"),
            provenance=Provenance(
                ranker=self.id,
                family=self.id,
                model="",
                revision="",
                weights_sha256="",
                device="cpu",
                device_name="test",
                precision="fp64",
                backend="test",
                parameters={"calls": number},
                versions=library_versions(),
            ),
        )


def scripted_spec(build: Callable[[RankerSpec, BuildContext], Ranker], *, id: str = "scripted") -> RankerSpec:  # noqa: A002
    """A spec of a family of its own, which `build` builds."""
    family = Family(
        id=id,
        title=id,
        summary="For tests.",
        colour="#000000",
        capabilities=lambda spec: frozenset(),
        build=build,
        scales=(RANK_ONLY,),
    )
    return RankerSpec(family=family)


def in_order(number: int, documents: Sequence[Document]) -> list[float]:
    """The input's order, every time."""
    return [1 / rank for rank in range(1, len(documents) + 1)]
