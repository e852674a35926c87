"""Long documents passage by passage: any ranker ranks the passages, and the best of them decide where a document stands.

Every sentence of a document is in some passage. (MaxP and the mean of the best k: Dai and Callan 2019, "Deeper text
understanding for IR with contextual neural language modeling", and their variants.)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from reranklab.data.passages import passage_spans
from reranklab.errors import TooManyDocumentsError
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES, SpecRanker, check_input
from reranklab.rankers.composed.parts import rank_in_parts
from reranklab.rankers.composed.passage_merge import Passage, matched_documents, merge_passages, passage_warnings
from reranklab.rankers.composed.whole import describe_stages, exact_stages, other_stages
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.estimate import TOKENS_PER_WORD, Estimate, Workload
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.types import (
    ATTENTION,
    BM25_SCORE,
    COSINE,
    LOG_ODDS,
    LOGIT,
    RANK_ONLY,
    TOKEN_LOGIT,
    YES_LOGIT,
    Document,
    Provenance,
    Query,
    Ranking,
    Stage,
    Timing,
)

_KEPT = frozenset(
    {
        Capability.POINTWISE,
        Capability.ORDER_FREE,
        Capability.CHEAP,
        Capability.HOSTED,
        Capability.ENDPOINT,
        Capability.INSTRUCTION,
    }
)
"""What holds for documents where it holds for passages."""


class ChunkedRanker(SpecRanker):
    """Splits each document at sentence ends, ranks the passages with the ranker inside, and merges.

    A document's score is its best passage's, or the mean of its best k; the passage that decided is the best one. Tokens are
    the sums over a document's passages, so that those in an overlap count twice. More passages than the limit of candidates
    are ranked in parts by a pointwise ranker; for any other this raises TooManyDocumentsError.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        (inside,) = spec.stages
        self.inside: Ranker = context.build(inside)
        self._words = spec.integer("words", low=16, high=4096)
        self._overlap = spec.integer("overlap", low=0, high=2048)
        best = spec.integer("best", low=1, high=20)
        self._best = 1 if spec.option("merge") == "max" else best

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
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("tokenise"):
            passages = self._split(documents, cancel=cancel)
        splitting = clock.elapsed()
        inner = self._rank_passages(query, documents, passages, cancel=cancel, progress=progress)
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("postprocess"):
            items = merge_passages(documents, passages, inner, best=self._best, ranker=self.id)
        merging = clock.elapsed()
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=inner.scale,
            timing=_timing(inner.timing, documents=len(documents), splitting=splitting, merging=merging),
            provenance=self._provenance(inner.provenance),
            warnings=passage_warnings(inner),
            details={"passages": len(passages), "documents_split": _split_documents(passages)},
            matched=matched_documents(passages, inner),
            stages=(Stage.of(inner),),
        )

    def _split(self, documents: Sequence[Document], *, cancel: CancelSignal | None) -> list[Passage]:
        passages: list[Passage] = []
        for owner, document in enumerate(documents):
            check_cancel(cancel)
            spans = passage_spans(document.content, words=self._words, overlap=self._overlap)
            passages += [Passage(owner=owner, span=span) for span in spans]
        return passages

    def _rank_passages(
        self,
        query: Query,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        *,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> Ranking:
        texts = [
            Document(
                id=f"{documents[each.owner].id} [{each.span.start}:{each.span.end}]",
                text=each.span.of(documents[each.owner].content),
            )
            for each in passages
        ]
        if len(texts) <= MAX_CANDIDATES:
            return self.inside.rank(query, texts, cancel=cancel, progress=progress)
        if Capability.POINTWISE not in self.inside.capabilities:
            raise TooManyDocumentsError(
                f"The {len(documents):,} documents make {len(texts):,} passages, and {self.inside.id} compares at most "
                f"{MAX_CANDIDATES:,} with each other. Take longer passages (words), or rank fewer documents."
            )
        return rank_in_parts(self.inside, query, texts, cancel=cancel, progress=progress)

    def _provenance(self, inside: Provenance) -> Provenance:
        """That of the ranker inside, which the stage keeps as it is, with what this one adds."""
        return replace(
            inside,
            ranker=self.id,
            family=self.spec.family.id,
            parameters={
                "words": self._words,
                "overlap": self._overlap,
                "merge": self.spec.option("merge"),
                "best": self._best,
                "inside": inside.ranker,
            },
        )


def _split_documents(passages: Sequence[Passage]) -> int:
    return sum(count > 1 for count in Counter(passage.owner for passage in passages).values())


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
    (inside,) = spec.stages
    return frozenset((inside.capabilities & _KEPT) | {Capability.PASSAGES})


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    """As if every document had the mean length: how many passages there are is known once they are split."""
    (inside,) = spec.stages
    words = spec.integer("words", low=16, high=4096)
    step = max(words - spec.integer("overlap", low=0, high=2048), 1)
    length = load.document_tokens / TOKENS_PER_WORD
    each = 1 + max(0, math.ceil((length - words) / step))
    tokens = min(load.document_tokens, words * TOKENS_PER_WORD)
    found = inside.estimate(replace(load, documents=each * load.documents, document_tokens=tokens))
    return None if found is None else replace(found, exact=found.exact and each == 1)


def _cost(spec: RankerSpec) -> CostClass:
    (inside,) = spec.stages
    return CostClass.PER_PASSAGE if inside.cost == CostClass.PER_DOCUMENT else inside.cost


FAMILY = Family(
    id="chunked",
    title="Passages",
    summary="Splits long documents into passages, ranks these with another ranker, and takes each document's best.",
    colour="#0072B2",
    capabilities=_capabilities,
    build=ChunkedRanker,
    scales=(LOGIT, LOG_ODDS, YES_LOGIT, COSINE, BM25_SCORE, TOKEN_LOGIT, ATTENTION, RANK_ONLY),
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
    cost=_cost,
    describe=describe_stages,
    exact=exact_stages,
    settings=other_stages,
    estimate=_estimate,
)
