"""Bi-encoders: query and documents embedded apart, compared by cosine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reranklab.errors import QueryTooLongError, StorageError
from reranklab.export import provenance_record
from reranklab.llm.escape import control_tokens, escape_control_tokens, escaped_warning
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock
from reranklab.models.engines.tiers import EXACT, FAST, TIERS
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import Kind, LoadedModel
from reranklab.progress import CancelSignal, Progress, part_of, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.batching import score_duplicates_alike
from reranklab.rankers.biencoder_models import load_embedder
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.embedder_tiers import by_tier
from reranklab.rankers.embedding_cache import EmbeddingCache
from reranklab.rankers.embeddings import TextLength, embed, text_lengths
from reranklab.rankers.explainable import GradientProblem, ReadText, TextVectors
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.rankers.no_number import why_no_number
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
from reranklab.rankers.static_models import KIND, is_static, load_static, static_vectors
from reranklab.rankers.text_vectors import read_vectors
from reranklab.rankers.traces import embedded_rows, text_ends, trace_text
from reranklab.rankers.unknown import mark_unknown
from reranklab.types import COSINE, Document, Query, Ranking, Scalar

if TYPE_CHECKING:
    from reranklab.rankers.embeddings import Vectors


INDEX_PART = 512
"""Documents between two writes to disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """Embeddings of documents, float32 of shape (documents, dimensions), and how many of them were computed now. `notes` say
    what went wrong with those on disk."""

    vectors: Vectors
    computed: int
    notes: tuple[str, ...] = ()


class BiEncoderRanker:
    """Cosine of sentence embeddings.

    documents=embed computes every document's embedding in every run, inside the time. documents=indexed reads embeddings
    from disk, computes missing ones before the run, and times the query side alone, as a search service would.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self.reference = refer(spec, device=context.device)
        self._batch_tokens = spec.integer("batch_tokens", low=1, high=1 << 20)
        self._indexed = spec.option("documents") == "indexed"
        self._disk_notes: dict[str, None] = {}  # of every run: the warm-up may be the one that finds a damaged file

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self.reference.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        query_text = escape_control_tokens(query.text, tokens)
        texts = [escape_control_tokens(document.content, tokens) for document in documents]
        changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
        details: dict[str, Scalar] = {}
        vectors = None
        if self._indexed:
            start = time.perf_counter()
            indexed = self.index(texts, model=model, cancel=cancel, progress=progress)
            vectors = indexed.vectors
            self._disk_notes |= dict.fromkeys(indexed.notes)
            details = {
                "documents_embedded_now": indexed.computed,
                "indexing_ms": round(1000 * (time.perf_counter() - start), 3),
            }
        clock = RunClock(self.reference.device, cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            lengths = text_lengths(model, texts, prefix=self.reference.entry.document_prefix, cancel=cancel)
            query_length = self._query_length(model, query_text)
        query_vector = self._embed_query(model, query_text, query_length, clock=clock, cancel=cancel)
        if vectors is None:
            vectors = self._embed(model, texts, lengths, clock=clock, cancel=cancel, progress=progress)
        with clock.stage("postprocess"):
            scores = score_duplicates_alike([float(score) for score in vectors @ query_vector], texts)
            used, total = [length.used for length in lengths], [length.total for length in lengths]
            why = partial(why_no_number, model)
            items = rank_by_score(documents, scores, used=used, total=total, ranker=self.id, why=why)
        timing = clock.stop(
            documents=len(documents),
            tokens=query_length.used + (0 if self._indexed else sum(used)),
            precision=model.precision,
            load=model.load,
        )
        items, warnings = mark_unknown(
            model,
            items,
            query=query.text,
            texts=[document.content for document in documents],
            suspects=[position for position, length in enumerate(lengths) if length.unknown],
            cancel=cancel,
        )
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=COSINE,
            timing=timing,
            provenance=model_provenance(model, self.spec, parameters=self._parameters(model)),
            warnings=tuple(self._disk_notes) + escaped_warning(changed + (query_text != query.text)) + warnings,
            details=details,
        )

    def index(
        self,
        texts: Sequence[str],
        *,
        model: LoadedModel | None = None,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Indexed:
        """Document embeddings through the disk cache.

        Every INDEX_PART of them go to disk, so that little is lost where the work stops. What the disk does not take is used
        from memory, and noted.
        """
        import numpy as np

        model = model or self.reference.get(cancel=cancel, progress=progress)
        cache = EmbeddingCache(model, prefix=self.reference.entry.document_prefix)
        known = cache.read(texts)
        refusal: tuple[str, ...] = ()
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(missing), INDEX_PART):
            part = missing[start : start + INDEX_PART]
            clock = RunClock(self.reference.device, cancel=cancel)
            with clock.turn():
                lengths = text_lengths(model, part, prefix=self.reference.entry.document_prefix, cancel=cancel)
            count = part_of(progress, before=start, part=len(part), total=len(missing), unit="document", label="embedding")
            fresh = self._embed(model, part, lengths, clock=clock, cancel=cancel, progress=count)
            if not refusal:
                try:
                    cache.write(part, fresh)
                except StorageError as error:
                    refusal = (f"{error} This time they are used from memory.",)
            known |= dict(zip(part, fresh, strict=True))
        if not missing:
            report(progress, done=1, total=1, unit="batch")
        return Indexed(vectors=np.stack([known[text] for text in texts]), computed=len(missing), notes=cache.notes + refusal)

    def open_search(
        self, documents: Sequence[Document], *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> VectorSearch:
        """See Searches. Every document's embedding is computed, or read from disk, and held in memory: 4 bytes a dimension."""
        import numpy as np

        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        places: dict[str, int] = {}
        own = [places.setdefault(escape_control_tokens(each.content, tokens), len(places)) for each in documents]
        indexed = self.index(list(places), model=model, cancel=cancel, progress=progress)
        return VectorSearch(
            ids=tuple(document.id for document in documents),
            texts=np.array(own, dtype=np.int64),
            vectors=indexed.vectors,
            embed=lambda text: self.embed_query(escape_control_tokens(text, tokens)),
            made={"search": "vectors", **provenance_record(model_provenance(model, self.spec, parameters={}))},
            notes=indexed.notes,
        )

    def embed_query(self, text: str) -> Vectors:
        """The query's embedding (dimensions,)."""
        model = self.reference.get()
        length = self._query_length(model, text)
        return self._embed_query(model, text, length, clock=RunClock(self.reference.device), cancel=None)

    def _embed_query(
        self, model: LoadedModel, text: str, length: TextLength, *, clock: RunClock, cancel: CancelSignal | None
    ) -> Vectors:
        prefix = self.reference.entry.query_prefix
        vectors = embed(model, [text], [length], prefix=prefix, batch_tokens=self._batch_tokens, clock=clock, cancel=cancel)
        vector: Vectors = vectors[0]
        return vector

    def _embed(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        clock: RunClock,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> Vectors:
        return embed(
            model,
            texts,
            lengths,
            prefix=self.reference.entry.document_prefix,
            batch_tokens=self._batch_tokens,
            clock=clock,
            cancel=cancel,
            progress=progress,
        )

    def _query_length(self, model: LoadedModel, text: str) -> TextLength:
        (length,) = text_lengths(model, [text], prefix=self.reference.entry.query_prefix)
        if length.used < length.total:
            raise QueryTooLongError(
                f"The query has {length.total:,} tokens and {model.entry.id} reads {length.used:,} of them. Shorten the query."
            )
        return length

    def _parameters(self, model: LoadedModel) -> dict[str, Scalar]:
        engine: dict[str, Scalar] = {} if model.choice is None else {"engine": model.choice.engine.name}
        return {"documents": "indexed" if self._indexed else "embed", **engine}

    def _torch(self) -> ModelReference:
        """The network that shows gradients and the vectors of words."""
        reference = self.reference
        return replace(reference, precision="fp32") if reference.precision in TIERS else reference

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText:
        """See Tokenizes."""
        model = self.reference.get(cancel=cancel, progress=progress)
        with device_lock(model.device.id).hold():
            read = escape_control_tokens(text, control_tokens(model.tokenizer))
            return ReadText(text=read, ends=text_ends(model, read))

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
    if is_static(spec.model):
        return CostClass.LOOK_UPS
    return CostClass.PER_QUERY if spec.option("documents") == "indexed" else CostClass.PER_DOCUMENT


def _settings(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    """The other tier, and beside the exact one other precisions: float32 would be the same again."""
    if spec.option(TIER) != EXACT:
        return (spec.with_options(tier=EXACT),)
    precisions = other_precisions(spec, device)
    if asked_precision(spec) != EXACT:
        return precisions
    same = spec.with_options(precision="fp32").id
    return (spec.with_options(tier=FAST), *(other for other in precisions if other.id != same))


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
        Option(
            name="documents",
            default="embed",
            choices=("embed", "indexed"),
            help="embed: every run embeds every document. indexed: document embeddings are computed once, kept on disk "
            "and left out of the time, as in a search service.",
        ),
        BATCH_TOKENS,
        REMOTE_CODE,
    ),
    kinds={
        "bi-encoder": Kind(description="sentence embeddings compared by cosine", load=by_tier(load_embedder)),
        KIND: Kind(description="static embeddings, one vector a token, compared by cosine", load=by_tier(load_static)),
    },
    default_model="embedded/all-MiniLM-L6-v2",
    cost=_cost,
    needs=needs_models,
    exact=one_at_a_time,
    settings=_settings,
    reference=in_float32,
)
