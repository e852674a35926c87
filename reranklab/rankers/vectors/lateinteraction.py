"""Late interaction: a vector for each token, and each query token compared with the document token nearest to it."""

from __future__ import annotations

from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.catalogue import list_models
from reranklab.models.loaded import Kind, Learns
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import TokenMatches
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.rankers.reference import (
    BATCH_TOKENS,
    PRECISION_HELP,
    REMOTE_CODE,
    needs_models,
    one_at_a_time,
    other_precisions,
    refer,
)
from reranklab.rankers.vectors.apart import DOCUMENTS, Apart, ApartRanker, cost_apart
from reranklab.rankers.vectors.biencoder_models import load_embedder
from reranklab.rankers.vectors.late_models import KIND, load_multi_vector
from reranklab.rankers.vectors.late_vectors import LateReader, best_matches, contributions, read_rows
from reranklab.types import MAXSIM, MEAN_MAXSIM, Document, Query

_NOT_TRAINED = "not trained for late interaction"


class LateInteractionRanker(ApartRanker):
    """MaxSim: for each query token the highest cosine with a token of the document, added up."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self._mean = spec.option("score") == "mean"
        reference = refer(spec, device=context.device)
        trained = reference.entry.kind == KIND
        super().__init__(
            Apart(
                spec=spec,
                reference=reference,
                reader=LateReader(batch_tokens=spec.integer("batch_tokens", low=1, high=1 << 20), mean=self._mean),
                scale=MEAN_MAXSIM if self._mean else MAXSIM,
                warnings=() if trained else (_taken_as_they_are(reference.entry.id),),
            )
        )

    def token_matches(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TokenMatches:
        """See MatchesTokens."""
        model = self.reference.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        texts = escape_control_tokens(query.text, tokens), escape_control_tokens(document.content, tokens)
        asked = read_rows(model, texts[0], "query", cancel=cancel)
        given = read_rows(model, texts[1], "document", cancel=cancel)
        added = contributions(best_matches(asked.vectors, [given.vectors]), mean=self._mean)[0]
        cosines = asked.vectors @ given.vectors.T
        return TokenMatches(
            query=texts[0],
            text=texts[1],
            query_tokens=asked.tokens,
            document_tokens=given.tokens,
            cosines=cosines,
            matched=tuple(cosines.argmax(axis=1).tolist()) if len(given.tokens) else (),
            contributions=tuple(added.tolist()),
            score=float(added.sum()),
            scale=self._apart.scale,
        )


def _taken_as_they_are(model: str) -> str:
    return f"{model} was {_NOT_TRAINED}: its token vectors are taken as they are."


def _capabilities(spec: RankerSpec) -> Capabilities:
    return frozenset(
        {
            Capability.POINTWISE,
            Capability.ORDER_FREE,
            Capability.TOKENIZER,
            Capability.TRUNCATES,
            Capability.TOKEN_MATCHES,
        }
    )


def _describe(spec: RankerSpec) -> str:
    name = (spec.model or spec.family.default_model).rstrip("/").rpartition("/")[2]
    known = {entry.id: entry.kind for entry in list_models()}
    return name if known.get(spec.model or spec.family.default_model, KIND) == KIND else f"{name}, {_NOT_TRAINED}"


FAMILY = Family(
    id="late-interaction",
    title="Late interaction",
    summary="A vector for each token: every word of the query looks for its nearest word in the document (ColBERT).",
    colour="#00A3A3",
    capabilities=_capabilities,
    build=LateInteractionRanker,
    scales=(MAXSIM, MEAN_MAXSIM),
    options=(
        Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=PRECISION_HELP),
        Option(
            name="score",
            default="sum",
            choices=("sum", "mean"),
            help="sum: over the query's tokens, as ColBERT has it. mean: that divided by their number, -1 to 1, which can be "
            "compared between queries.",
        ),
        DOCUMENTS,
        BATCH_TOKENS,
        REMOTE_CODE,
    ),
    kinds={
        KIND: Kind(
            description="token vectors that were trained for late interaction",
            load=load_multi_vector,
            learns=Learns.TOKEN_VECTORS,
        ),
        "bi-encoder": Kind(description="sentence embeddings, whose token vectors are taken as they are", load=load_embedder),
    },
    default_model="embedded/all-MiniLM-L6-v2",
    cost=cost_apart,
    needs=needs_models,
    describe=_describe,
    exact=one_at_a_time,
    settings=other_precisions,
)
