"""Rankers that read queries and documents apart, each text into vectors of its own that can be kept: the way of one ranking."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from reranklab.errors import StorageError
from reranklab.llm.escape import control_tokens, escape_control_tokens, escaped_warning
from reranklab.models.clock import RunClock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, part_of, report
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import score_duplicates_alike
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.explainable import ReadText
from reranklab.rankers.family import Option, RankerSpec
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.own_tokens import own_tokens
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import ModelReference
from reranklab.rankers.unknown import mark_unknown
from reranklab.rankers.vectors.embedding_cache import EmbeddingCache
from reranklab.types import Document, Query, Ranking, Scalar, ScoreScale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reranklab.rankers.vectors.embeddings import TextLength

    Packed = NDArray[np.float32]

INDEX_PART = 512
"""Documents between two writes to disk."""

DOCUMENTS = Option(
    name="documents",
    default="embed",
    choices=("embed", "indexed"),
    help="embed: every run reads every document. indexed: what the model makes of documents is computed once, kept on disk and "
    "left out of the time, as in a search service.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReading:
    """A query as the model read it: `vectors` in the reader's own form, `tokens` how many it read, `notes` what it did not."""

    vectors: Packed
    tokens: int
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """How a family reads texts. A text's vectors are one row of float32 numbers, `Packed`, as they are kept on disk.

    Texts hold no control tokens. All take the device's lock by the clock's turns.
    """

    def key(self, model: LoadedModel) -> str:
        """What tells these vectors from others of the same weights: the prefix, and of another family its name."""
        ...

    def parameters(self, model: LoadedModel) -> Mapping[str, Scalar]:
        """For the provenance, beside the window and where documents come from."""
        ...

    def read_query(self, model: LoadedModel, text: str, *, clock: RunClock, cancel: CancelSignal | None = None) -> QueryReading:
        """Raises QueryTooLongError."""
        ...

    def lengths(self, model: LoadedModel, texts: Sequence[str], *, cancel: CancelSignal | None = None) -> list[TextLength]:
        """How much of each document fits. Hold the device's lock."""
        ...

    def read_documents(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        clock: RunClock,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> list[Packed]:
        """In the order given."""
        ...

    def scores(self, query: QueryReading, documents: Sequence[Packed]) -> list[float]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Vectors of documents along the texts, and how many were computed now. `notes` say what went wrong with those on disk."""

    vectors: list[Packed]
    computed: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One ranker of such a family. `warnings` are for every ranking."""

    spec: RankerSpec
    reference: ModelReference
    reader: Reader
    scale: ScoreScale
    warnings: tuple[str, ...] = ()
    disk_notes: dict[str, None] = field(default_factory=dict)
    """Of every run: the warm-up may be the one that finds a damaged file."""

    @property
    def indexed(self) -> bool:
        return self.spec.option(DOCUMENTS.name) == "indexed"

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """See Ranker.rank. With documents=indexed the query's side alone is timed."""
        check_input(query, documents)
        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        query_text = escape_control_tokens(query.text, tokens)
        texts = [escape_control_tokens(document.content, tokens) for document in documents]
        changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
        details: dict[str, Scalar] = {}
        vectors = None
        if self.indexed:
            start = time.perf_counter()
            kept = self.index(texts, cancel=cancel, progress=progress)
            vectors = kept.vectors
            self.disk_notes.update(dict.fromkeys(kept.notes))
            details = {
                "documents_embedded_now": kept.computed,
                "indexing_ms": round(1000 * (time.perf_counter() - start), 3),
            }
        clock = RunClock(self.reference.device, cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            lengths = self.reader.lengths(model, texts, cancel=cancel)
        read = self.reader.read_query(model, query_text, clock=clock, cancel=cancel)
        if vectors is None:
            vectors = self.reader.read_documents(model, texts, lengths, clock=clock, cancel=cancel, progress=progress)
        with clock.stage("postprocess"):
            scores = score_duplicates_alike(self.reader.scores(read, vectors), texts)
            used, total = [length.used for length in lengths], [length.total for length in lengths]
            why = partial(why_no_number, model)
            items = rank_by_score(documents, scores, used=used, total=total, ranker=self.spec.id, why=why)
        timing = clock.stop(
            documents=len(documents),
            tokens=read.tokens + (0 if self.indexed else sum(used)),
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
            ranker=self.spec.id,
            query=query,
            items=items,
            scale=self.scale,
            timing=timing,
            provenance=model_provenance(
                model, self.spec, parameters={"documents": self.spec.option(DOCUMENTS.name), **self.reader.parameters(model)}
            ),
            warnings=(
                self.warnings
                + read.notes
                + tuple(self.disk_notes)
                + escaped_warning(changed + (query_text != query.text))
                + warnings
            ),
            details=details,
        )

    def index(self, texts: Sequence[str], *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Kept:
        """The vectors of documents through the disk. `texts` hold no control tokens.

        Every INDEX_PART of them go to disk, so that little is lost where the work stops. What the disk does not take is used
        from memory, and noted.
        """
        model = self.reference.get(cancel=cancel, progress=progress)
        cache = EmbeddingCache(model, prefix=self.reader.key(model))
        known = cache.read(texts)
        refusal: tuple[str, ...] = ()
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(missing), INDEX_PART):
            part = missing[start : start + INDEX_PART]
            clock = RunClock(self.reference.device, cancel=cancel)
            with clock.turn():
                lengths = self.reader.lengths(model, part, cancel=cancel)
            count = part_of(progress, before=start, part=len(part), total=len(missing), unit="document", label="embedding")
            fresh = self.reader.read_documents(model, part, lengths, clock=clock, cancel=cancel, progress=count)
            if not refusal:
                try:
                    cache.write(part, fresh)
                except StorageError as error:
                    refusal = (f"{error} This time they are used from memory.",)
            known.update(zip(part, fresh, strict=True))
        if not missing:
            report(progress, done=1, total=1, unit="batch")
        return Kept(vectors=[known[text] for text in texts], computed=len(missing), notes=cache.notes + refusal)

    def distinct(
        self, documents: Sequence[Document], *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> tuple[NDArray[np.int64], Kept]:
        """The vectors of the distinct texts, through the disk, and for each document the number of its own: documents of the
        same text then have exactly the same score."""
        import numpy as np

        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        places: dict[str, int] = {}
        own = [places.setdefault(escape_control_tokens(each.content, tokens), len(places)) for each in documents]
        return np.array(own, dtype=np.int64), self.index(list(places), cancel=cancel, progress=progress)

    def read_query(self, text: str) -> QueryReading:
        """A query as `rank` reads it."""
        model = self.reference.get()
        read = escape_control_tokens(text, control_tokens(model.tokenizer))
        return self.reader.read_query(model, read, clock=RunClock(self.reference.device))

    def read_one(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[LoadedModel, tuple[str, str], QueryReading, Packed]:
        """A pair as `rank` reads it: the model, both texts without control tokens, and what was read of them."""
        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        texts = escape_control_tokens(query.text, tokens), escape_control_tokens(document.content, tokens)
        clock = RunClock(self.reference.device, cancel=cancel)
        read = self.reader.read_query(model, texts[0], clock=clock, cancel=cancel)
        with clock.turn():
            lengths = self.reader.lengths(model, texts[1:], cancel=cancel)
        (vectors,) = self.reader.read_documents(model, texts[1:], lengths, clock=clock, cancel=cancel)
        return model, texts, read, vectors


class ApartRanker(SpecRanker):
    """What the rankers of such families do alike."""

    def __init__(self, apart: Apart) -> None:
        self.spec = apart.spec
        self.reference = apart.reference
        self._apart = apart

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
        """See Ranker.rank."""
        return self._apart.rank(query, documents, cancel=cancel, progress=progress)

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText:
        """See Tokenizes."""
        return own_tokens(self.reference.get(cancel=cancel, progress=progress), text)


def cost_apart(spec: RankerSpec) -> CostClass:
    return CostClass.PER_QUERY if spec.option(DOCUMENTS.name) == "indexed" else CostClass.PER_DOCUMENT
