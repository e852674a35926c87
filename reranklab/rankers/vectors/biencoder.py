"""Bi-encoders: query and documents embedded apart, compared by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reranklab.export import provenance_record
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import device_lock
from reranklab.models.engines.tiers import EXACT, FAST, TIERS
from reranklab.models.loaded import Kind, Learns
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.explainable import GradientProblem, TextVectors
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import (
    BATCH_TOKENS,
    BY_TIER,
    PRECISION_HELP,
    REMOTE_CODE,
    TIER,
    ModelReference,
    asked_precision,
    in_float32,
    needs_models,
    one_at_a_time,
    other_precisions,
    refer,
)
from reranklab.rankers.searching import VectorSearch
from reranklab.rankers.traces import embedded_rows, trace_text
from reranklab.rankers.vectors.apart import DOCUMENTS, Apart, ApartRanker, Kept, cost_apart
from reranklab.rankers.vectors.biencoder_models import load_embedder
from reranklab.rankers.vectors.embedder_tiers import by_tier
from reranklab.rankers.vectors.embedding_reader import EmbeddingReader
from reranklab.rankers.vectors.static_models import KIND, is_static, load_static, static_vectors
from reranklab.rankers.vectors.text_vectors import read_vectors
from reranklab.types import COSINE, Document, Query

if TYPE_CHECKING:
    from reranklab.rankers.vectors.embeddings import Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """Embeddings of documents, float32 of shape (documents, dimensions), and how many of them were computed now. `notes` say
    what went wrong with those on disk."""

    vectors: Vectors
    computed: int
    notes: tuple[str, ...] = ()


class BiEncoderRanker(ApartRanker):
    """Cosine of sentence embeddings.

    documents=embed computes every document's embedding in every run, inside the time. documents=indexed reads embeddings
    from disk, computes missing ones before the run, and times the query side alone, as a search service would.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        reader = EmbeddingReader(batch_tokens=spec.integer("batch_tokens", low=1, high=1 << 20))
        super().__init__(Apart(spec=spec, reference=refer(spec, device=context.device), reader=reader, scale=COSINE))

    def index(self, texts: Sequence[str], *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Indexed:
        """Document embeddings through the disk (see Apart.index)."""
        return _stacked(self._apart.index(texts, cancel=cancel, progress=progress))

    def open_search(
        self, documents: Sequence[Document], *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> VectorSearch:
        """See Searches. Every document's embedding is computed, or read from disk, and held in memory: 4 bytes a dimension."""
        own, kept = self._apart.distinct(documents, cancel=cancel, progress=progress)
        model = self.reference.get(cancel=cancel, progress=progress)
        indexed = _stacked(kept)
        return VectorSearch(
            ids=tuple(document.id for document in documents),
            texts=own,
            vectors=indexed.vectors,
            embed=self.embed_query,
            made={"search": "vectors", **provenance_record(model_provenance(model, self.spec, parameters={}))},
            notes=indexed.notes,
        )

    def embed_query(self, text: str) -> Vectors:
        """The query's embedding (dimensions,)."""
        return self._apart.read_query(text).vectors

    def _torch(self) -> ModelReference:
        """The network that shows gradients and the vectors of words."""
        reference = self.reference
        return replace(reference, precision="fp32") if reference.precision in TIERS else reference

    def text_vectors(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[TextVectors, TextVectors]:
        """See ComparesWords."""
        model = self._torch().get(cancel=cancel, progress=progress)
        entry = model.entry
        if entry.kind == KIND:
            return static_vectors(model, query.text), static_vectors(model, document.content)
        return (
            read_vectors(model, query.text, prefix=entry.query_prefix),
            read_vectors(model, document.content, prefix=entry.document_prefix),
        )

    def gradient_problem(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> GradientProblem:
        """See Differentiable. The query's vector is held fixed."""
        import torch

        model = self._torch().get(cancel=cancel, progress=progress)
        vector = read_vectors(model, query.text, prefix=model.entry.query_prefix).sentence
        with device_lock(model.device.id).hold():
            text = escape_control_tokens(document.content, control_tokens(model.tokenizer))
            ids, tokens = trace_text(model, text, prefix=model.entry.document_prefix)
        target = torch.tensor(vector, device=model.device.id)
        first, *others = model.network

        def score(embeddings: torch.Tensor) -> torch.Tensor:
            tensors = embedded_rows(model, embeddings, types=())
            output = first.auto_model(**tensors)
            features = {"token_embeddings": output.last_hidden_state, "attention_mask": tensors["attention_mask"]}
            for module in others:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1) @ target

        return GradientProblem(
            model=model,
            ids=ids,
            tokens=tokens,
            text=text,
            embeddings=first.auto_model.get_input_embeddings(),
            score=score,
            scale=COSINE,
        )


def _stacked(kept: Kept) -> Indexed:
    import numpy as np

    return Indexed(vectors=np.stack(kept.vectors), computed=kept.computed, notes=kept.notes)


def _capabilities(spec: RankerSpec) -> Capabilities:
    found = {
        Capability.DEFAULT,
        Capability.POINTWISE,
        Capability.ORDER_FREE,
        Capability.SEARCHES,
        Capability.TOKENIZER,
        Capability.WORD_VECTORS,
    }
    if not is_static(spec.model):
        found |= {Capability.TRUNCATES, Capability.GRADIENTS}
    return frozenset(found)


def _cost(spec: RankerSpec) -> CostClass:
    return CostClass.LOOK_UPS if is_static(spec.model) else cost_apart(spec)


def _plainest(spec: RankerSpec, device: str) -> RankerSpec:
    """A static embedding looks vectors up, which no engine does faster: on the processor its tiers are one."""
    one_tier = device == "cpu" and is_static(spec.model) and spec.option(TIER) == FAST
    return spec.with_options(tier=EXACT) if one_tier else spec


def _settings(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    """The other tier, and beside the exact one other precisions: float32 would be the same again."""
    if spec.option(TIER) != EXACT:
        return (spec.with_options(tier=EXACT),)
    precisions = other_precisions(spec, device)
    if asked_precision(spec) != EXACT:
        return precisions
    same = spec.with_options(precision="fp32").id
    tiers = (fast,) if (fast := spec.with_options(tier=FAST)).id == _plainest(fast, device).id else ()
    return (*tiers, *(other for other in precisions if other.id != same))


FAMILY = Family(
    id="bi-encoder",
    title="Bi-encoder",
    summary="Embeds query and documents apart and compares the vectors. Documents can be embedded in advance.",
    colour="#56B4E9",
    capabilities=_capabilities,
    build=BiEncoderRanker,
    scales=(COSINE,),
    options=(
        Option(
            name=TIER,
            default=EXACT,
            choices=TIERS,
            help="exact computes in float32, fast in what the device multiplies fastest (8-bit numbers, bfloat16, on a GPU "
            "float16). The engine is the fastest at hand, measured at first use.",
        ),
        Option(
            name="precision",
            default=BY_TIER,
            choices=(BY_TIER, "fp32", "fp16", "bf16"),
            help=PRECISION_HELP + " Set, it is computed by PyTorch and takes the place of a tier.",
        ),
        DOCUMENTS,
        BATCH_TOKENS,
        REMOTE_CODE,
    ),
    kinds={
        "bi-encoder": Kind(
            description="sentence embeddings compared by cosine", load=by_tier(load_embedder), learns=Learns.TEXT_VECTORS
        ),
        KIND: Kind(description="static embeddings, one vector a token, compared by cosine", load=by_tier(load_static)),
    },
    default_model="embedded/all-MiniLM-L6-v2",
    cost=_cost,
    needs=needs_models,
    exact=one_at_a_time,
    settings=_settings,
    plainest=_plainest,
    reference=in_float32,
)
