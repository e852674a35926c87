"""Long documents passage by passage: any ranker ranks the passages, and the best of them decide where a document stands.

Nothing is cut: every sentence of a document is in some passage. (MaxP and the mean of the best k: Dai and Callan 2019,
"Deeper text understanding for IR with contextual neural language modeling", and their variants.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reranklab.data.passages import passage_spans
from reranklab.data.spans import Span
from reranklab.errors import TooManyDocumentsError
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES, check_input, rank_by_score
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.rankers.versions import library_versions
from reranklab.types import (
    ATTENTION,
    BM25_SCORE,
    COSINE,
    LOG_ODDS,
    LOGIT,
    RANK_ONLY,
    TOKEN_LOGIT,
    Document,
    Provenance,
    Query,
    RankedDocument,
    Ranking,
    Stage,
    Timing,
)


class ChunkedRanker:
    """Splits each document at sentence ends, ranks the passages with the ranker inside, and merges.

    A document's score is its best passage's, or the mean of its best k; the passage that decided is the best one. Tokens are
    the sums over a document's passages, so that those in an overlap count twice. Raises TooManyDocumentsError for more
    passages than the ranker inside takes.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        (inside,) = spec.stages
        self.inside: Ranker = context.build(inside)
        self._words = spec.integer("words", low=16, high=4096)
        self._overlap = spec.integer("overlap", low=0, high=2048)
        self._best = 1 if spec.option("merge") == "max" else spec.integer("best", low=1, high=20)

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self.inside.load(cancel=cancel, progress=progress)

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
        clock = RunClock(cpu())
        with clock.stage("tokenise"):
            spans = [passage_spans(document.content, words=self._words, overlap=self._overlap) for document in documents]
            passages, owners = _passages(documents, spans)
        splitting = clock.elapsed()
        inner = self.inside.rank(query, passages, cancel=cancel, progress=progress)
        clock = RunClock(cpu())
        with clock.stage("postprocess"):
            items = self._merge(documents, spans, owners, inner)
        merging = clock.elapsed()
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=inner.scale,
            timing=_timing(inner.timing, documents=len(documents), splitting=splitting, merging=merging),
            provenance=self._provenance(inner.provenance),
            warnings=inner.warnings,
            details={"passages": len(passages), "documents_split": sum(len(each) > 1 for each in spans)},
            stages=(
                Stage(
                    ranker=inner.ranker,
                    candidates=len(passages),
                    timing=inner.timing,
                    provenance=inner.provenance,
                    scale=inner.scale,
                    warnings=inner.warnings,
                ),
            ),
        )

    def _merge(
        self, documents: Sequence[Document], spans: Sequence[Sequence[Span]], owners: Sequence[tuple[int, int]], inner: Ranking
    ) -> tuple[RankedDocument, ...]:
        """Documents by their best passages. `owners` is a passage's document and its place in it."""
        found: list[list[tuple[int, RankedDocument]]] = [[] for _ in documents]
        for item in inner.items:  # best first
            document, place = owners[item.candidate]
            found[document].append((place, item))
        scores = [_mean([item.score for _, item in each[: self._best]]) for each in found]
        decided = [spans[position][each[0][0]] for position, each in enumerate(found)]
        ranked = rank_by_score(
            documents,
            scores,
            used=[sum(item.tokens_used for _, item in each) for each in found],
            total=[sum(item.tokens_total for _, item in each) for each in found],
            ranker=self.id,
        )
        return tuple(_with_passage(item, decided[item.candidate], found[item.candidate]) for item in ranked)

    def _provenance(self, inside: Provenance) -> Provenance:
        return Provenance(
            ranker=self.id,
            family=self.spec.family.id,
            model=inside.model,
            revision=inside.revision,
            weights_sha256=inside.weights_sha256,
            device=inside.device,
            device_name=inside.device_name,
            precision=inside.precision,
            backend=inside.backend,
            parameters={
                "words": self._words,
                "overlap": self._overlap,
                "merge": self.spec.option("merge"),
                "best": self._best,
                "inside": inside.ranker,
            },
            versions=library_versions(),
        )


def _passages(documents: Sequence[Document], spans: Sequence[Sequence[Span]]) -> tuple[list[Document], list[tuple[int, int]]]:
    passages: list[Document] = []
    owners: list[tuple[int, int]] = []
    for position, (document, pieces) in enumerate(zip(documents, spans, strict=True)):
        for place, piece in enumerate(pieces):
            passages.append(Document(id=f"{position}:{place}", text=piece.of(document.content)))
            owners.append((position, place))
    if len(passages) > MAX_CANDIDATES:
        raise TooManyDocumentsError(
            f"The {len(documents):,} documents make {len(passages):,} passages, more than the limit of {MAX_CANDIDATES:,}. "
            "Take longer passages (words), or rank fewer documents."
        )
    return passages, owners


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _with_passage(item: RankedDocument, span: Span, found: Sequence[tuple[int, RankedDocument]]) -> RankedDocument:
    unknown = max(passage.unknown_share for _, passage in found)
    return replace(item, passage=(span.start, span.end), unknown_share=unknown)


def _timing(inner: Timing, *, documents: int, splitting: float, merging: float) -> Timing:
    """The run inside with splitting and merging added, in ms."""
    runs = tuple(
        replace(
            run,
            tokenise=run.tokenise + splitting,
            postprocess=run.postprocess + merging,
            total=run.total + splitting + merging,
        )
        for run in inner.runs
    )
    return replace(inner, runs=runs, documents=documents)


def _capabilities(spec: RankerSpec) -> Capabilities:
    """Those of the ranker inside that hold for whole documents too; it runs by default nowhere, and cuts nothing."""
    (inside,) = spec.stages
    kept = {Capability.POINTWISE, Capability.ORDER_FREE, Capability.HOSTED, Capability.ENDPOINT, Capability.INSTRUCTION}
    return frozenset((inside.capabilities & kept) | {Capability.PASSAGES})


def _describe(spec: RankerSpec) -> str:
    return ", ".join(f"{stage.family.title}: {stage.family.describe(stage)}" for stage in spec.stages)


def _exact(spec: RankerSpec) -> RankerSpec:
    return replace(spec, stages=tuple(stage.family.exact(stage) for stage in spec.stages))


FAMILY = Family(
    id="chunked",
    title="Passages",
    summary="Splits long documents into passages, ranks these with another ranker, and takes each document's best.",
    colour="#0072B2",
    capabilities=_capabilities,
    build=ChunkedRanker,
    scales=(LOGIT, LOG_ODDS, COSINE, BM25_SCORE, TOKEN_LOGIT, ATTENTION, RANK_ONLY),
    options=(
        Option(name="words", default="128", help="Most words in a passage; it ends where a sentence ends. 16 to 4096."),
        Option(
            name="overlap", default="32", help="Words of whole sentences that a passage shares with the one before. 0 to 2048."
        ),
        Option(
            name="merge",
            default="max",
            choices=("max", "mean"),
            help="A document's score. max: that of its best passage. mean: the mean of its best ones.",
        ),
        Option(name="best", default="3", help="Passages in the mean, fewer where a document has fewer. 1 to 20."),
    ),
    stages=1,
    default_stages=("cross-encoder",),
    describe=_describe,
    exact=_exact,
)
