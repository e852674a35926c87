"""Pointwise cross-encoders: one score for each query-document pair, read together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from reranklab.errors import InputError
from reranklab.llm.escape import escaped_warning
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock
from reranklab.models.engines.tiers import EXACT, FAST, TIERS
from reranklab.models.failures import compute_failures
from reranklab.models.interrupt import interruptible
from reranklab.models.loaded import Kind, Learns, LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import MAX_CANDIDATES, SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import COMPUTED_TOKENS, score_duplicates_alike
from reranklab.rankers.catalogue import find_family, new_spec
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.crossencoders.budgeted import BudgetedCrossEncoder
from reranklab.rankers.crossencoders.early_exit import EarlyExit
from reranklab.rankers.crossencoders.models import load_causal_reranker, load_classifier
from reranklab.rankers.crossencoders.pair_scores import network_scores, score_batches, score_pairs, score_scale
from reranklab.rankers.engine_batches import batches_a_turn, computed_tokens, engine_batches, padded_length
from reranklab.rankers.explainable import GradientProblem, ReadText
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.rankers.instructions import INSTRUCTION, unread_warning
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.own_tokens import own_tokens
from reranklab.rankers.pairs import encode_pairs
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
    model_entry,
    needs_models,
    one_at_a_time,
    other_precisions,
    refer,
)
from reranklab.rankers.traces import TracedPair, embedded_rows, trace_pair
from reranklab.rankers.unknown import mark_unknown
from reranklab.types import LOG_ODDS, LOGIT, RANK_ONLY, YES_LOGIT, Document, Query, Ranking, Scalar

if TYPE_CHECKING:
    import torch

    from reranklab.llm.capture import Watcher

BUDGETED = "budgeted"
_KEEP = "keep"
_BUDGET = "budget_ms"
_PRUNE = "prune"
_OF_THE_BUDGET = (_KEEP, _BUDGET, _PRUNE)
_BY_WORDS, _EARLY_EXIT = "bm25", "early-exit"
_LONGEST_BUDGET = 3_600_000


class CrossEncoderRanker(SpecRanker):
    """Scores every pair; scores are raw logits, never squashed.

    Pairs are sorted by length and batched under `batch_tokens`. An engine of a processor's tier batches pairs of one length
    alone, and below float32 none, so that no score depends on the others. precision=int8 runs one pair at a time: its
    quantisation takes one range over the whole batch. Attention and gradients of the exact tier are torch's, in float32.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self.reference = refer(spec, device=context.device)
        batch_tokens = spec.integer("batch_tokens", low=1, high=1 << 20)
        self._batch_tokens = batch_tokens if self.reference.precision != "int8" else 1
        self._instruction = spec.option(INSTRUCTION)

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
        clock = RunClock(self.reference.device, cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            pairs, changed = encode_pairs(model, query, documents, instruction=self._instruction, cancel=cancel)
        batches, budget = engine_batches(
            model, [padded_length(model, len(pair.ids)) for pair in pairs], batch_tokens=self._batch_tokens
        )
        scores = [0.0] * len(pairs)
        at_once = batches_a_turn(model)
        for done in range(0, len(batches), at_once):
            check_cancel(cancel)
            report(progress, done=done, total=len(batches), unit="batch")
            turn = batches[done : done + at_once]
            inputs = [[pairs[position] for position in batch] for batch in turn]
            padded = sum(len(batch) * len(batch[0].ids) for batch in inputs)
            with clock.turn(), interruptible(model, cancel, tokens=padded), clock.stage("compute"):
                for batch, found in zip(turn, score_batches(model, inputs, cancel=cancel), strict=True):
                    for position, score in zip(batch, found, strict=True):
                        scores[position] = score
        report(progress, done=len(batches), total=len(batches), unit="batch")
        with clock.stage("postprocess"):
            scores = score_duplicates_alike(scores, [tuple(pair.ids) for pair in pairs])
            items = rank_by_score(
                documents,
                scores,
                used=[pair.used for pair in pairs],
                total=[pair.total for pair in pairs],
                ranker=self.id,
                why=partial(why_no_number, model),
            )
        timing = clock.stop(
            documents=len(documents),
            tokens=sum(len(pair.ids) for pair in pairs),
            precision=model.precision,
            load=model.load,
        )
        unknown = model.tokenizer.unk_token_id
        items, warnings = mark_unknown(
            model,
            items,
            query=query.text,
            texts=[document.content for document in documents],
            suspects=[position for position, pair in enumerate(pairs) if unknown in pair.ids],
            cancel=cancel,
        )
        parameters: dict[str, Scalar] = {"batch_tokens": budget} if budget > 1 else {"batch_pairs": 1}
        if model.choice is not None:
            parameters["engine"] = model.choice.engine.name
        if self.reference.entry.instructable:
            parameters["instruction"] = self._instruction or self.reference.entry.instruction
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=score_scale(self.reference.entry),
            timing=timing,
            provenance=model_provenance(model, self.spec, parameters=parameters),
            warnings=unread_warning(self.spec, self.reference.entry.id) + escaped_warning(changed) + warnings,
            details={
                "batches": len(batches),
                COMPUTED_TOKENS: sum(
                    computed_tokens(model, [len(pairs[position].ids) for position in batch]) for batch in batches
                ),
            },
        )

    def _torch(self) -> ModelReference:
        """The network that shows attention and gradients."""
        reference = self.reference
        return replace(reference, precision="fp32") if reference.precision in TIERS else reference

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText:
        """See Tokenizes."""
        return own_tokens(self.reference.get(cancel=cancel, progress=progress), text)

    def trace(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TracedPair:
        """See AttendsPairs. Raises QueryTooLongError as `rank` does."""
        model = self._torch().get(cancel=cancel, progress=progress)
        return trace_pair(model, query, document, instruction=self._instruction)

    def watch(self, traced: TracedPair, watcher: Watcher) -> float:
        """See AttendsPairs. Raises InputError where the model does not let its attention be read."""
        from reranklab.llm.capture import watch_attention

        model = self._torch().get()
        layers = 0

        def count(layer: int, weights: Any) -> None:
            nonlocal layers
            layers += 1
            watcher(layer, weights)

        with device_lock(model.device.id).hold(), _readable(model), watch_attention(count), compute_failures(model):
            (score,) = score_pairs(model, [traced.pair])
        if not layers:
            raise InputError(f"{model.entry.id} does not let its attention be read. Use leave-one-out instead.")
        return score

    def gradient_problem(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> GradientProblem:
        """See Differentiable."""
        model = self._torch().get(cancel=cancel, progress=progress)
        traced = trace_pair(model, query, document, instruction=self._instruction)

        def score(embeddings: torch.Tensor) -> torch.Tensor:
            return network_scores(model, embedded_rows(model, embeddings, types=traced.pair.types))

        return GradientProblem(
            model=model,
            ids=tuple(traced.pair.ids),
            tokens=traced.tokens,
            text=traced.document,
            embeddings=model.network.get_input_embeddings(),
            score=score,
            scale=score_scale(model.entry),
        )


@contextmanager
def _readable(model: LoadedModel) -> Iterator[None]:
    """The model with an attention implementation that can be watched. Hold the device's lock: the model is shared."""
    from reranklab.llm.capture import ATTENTION

    before = model.network.config._attn_implementation
    model.network.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        model.network.set_attn_implementation(before)


def _capabilities(spec: RankerSpec) -> Capabilities:
    """8-bit products and the fast tier run as one compiled graph, which shows neither attention nor gradients."""
    if spec.option(TIER) == BUDGETED:
        return frozenset({Capability.DEFAULT, Capability.TRUNCATES})
    found = {
        Capability.DEFAULT,
        Capability.POINTWISE,
        Capability.ORDER_FREE,
        Capability.TOKENIZER,
        Capability.TRUNCATES,
    }
    if asked_precision(spec) not in ("int8", FAST):
        found |= {Capability.PAIR_ATTENTION, Capability.GRADIENTS}
    if model_entry(spec).instructable:
        found.add(Capability.INSTRUCTION)
    return frozenset(found)


def _settings(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    """Other tiers, and beside the exact one other precisions: float32 would be the same again."""
    if spec.option(TIER) != EXACT:
        others = [tier for tier in TIERS if tier != spec.option(TIER)]
        return tuple(_without_budget(spec, tier) for tier in reversed(others))
    precisions = other_precisions(spec, device)
    if asked_precision(spec) != EXACT:
        return precisions
    same = spec.with_options(precision="fp32").id
    return (spec.with_options(tier=FAST), *(other for other in precisions if other.id != same))


def _reference(spec: RankerSpec) -> RankerSpec:
    """The exact tier, which has no budget."""
    full = in_float32(spec)
    return full if full is spec else _without_budget(full, EXACT)


def _build(spec: RankerSpec, context: BuildContext) -> Ranker:
    if spec.option(TIER) != BUDGETED:
        if unused := [name for name in _OF_THE_BUDGET if spec.option(name) != spec.family.option(name).default]:
            raise InputError(f"{spec.family.id}: {unused[0]} is for the budgeted tier. Set tier={BUDGETED} too.")
        return CrossEncoderRanker(spec, context)
    asked_precision(spec)
    full = CrossEncoderRanker(_without_budget(spec, FAST), context)
    return BudgetedCrossEncoder(
        spec,
        first=context.build(new_spec(find_family(_BY_WORDS)))
        if spec.option(_PRUNE) == _BY_WORDS
        else EarlyExit(replace(spec, options={_PRUNE: _EARLY_EXIT}), full.reference),
        full=full,
        keep=spec.integer(_KEEP, low=1, high=MAX_CANDIDATES),
        budget=spec.number(_BUDGET, low=0, high=_LONGEST_BUDGET),
    )


def _without_budget(spec: RankerSpec, tier: str) -> RankerSpec:
    rest = {name: value for name, value in spec.options.items() if name not in _OF_THE_BUDGET}
    return replace(spec, options={**rest, TIER: tier})


_KINDS: Mapping[str, Kind] = {
    "cross-encoder": Kind(
        description="a sequence-classification head with one logit for a query-document pair",
        load=load_classifier,
        learns=Learns.PAIR_SCORES,
    ),
    "causal-reranker": Kind(
        description="a language model whose answer token scores a query-document pair", load=load_causal_reranker
    ),
}

FAMILY = Family(
    id="cross-encoder",
    title="Cross-encoder",
    summary="Reads the query with each document. Better, and paid for pair by pair.",
    colour="#009E73",
    capabilities=_capabilities,
    build=_build,
    scales=(LOGIT, LOG_ODDS, YES_LOGIT, RANK_ONLY),
    options=(
        Option(
            name=TIER,
            default=EXACT,
            choices=(*TIERS, BUDGETED),
            help="exact computes in float32, fast in what the device multiplies fastest (8-bit numbers, bfloat16, on a GPU "
            "float16). The engine is the fastest at hand, measured at first use. budgeted is the fast tier on the documents "
            "that a count of words puts first.",
        ),
        Option(
            name=_PRUNE,
            default=_BY_WORDS,
            choices=(_BY_WORDS, _EARLY_EXIT),
            help="What orders the documents of the budgeted tier before they are read. early-exit compares the model's own "
            "input vectors, token by token: it needs no words in common and no rule where a word ends, and is less good in "
            "English.",
        ),
        Option(name=_KEEP, default="24", help=f"Documents that the budgeted tier reads in full. 1 to {MAX_CANDIDATES}."),
        Option(
            name=_BUDGET,
            default="0",
            help="Milliseconds for a ranking of the budgeted tier, in the place of a number of documents: it reads on while "
            "the next ones fit. 0: no limit of time.",
        ),
        Option(
            name="precision",
            default=BY_TIER,
            choices=(BY_TIER, "fp32", "int8", "fp16", "bf16"),
            help=PRECISION_HELP + " Set, it is computed by PyTorch, and int8 by the model's ONNX file, which not all bring. It "
            "takes the place of a tier.",
        ),
        BATCH_TOKENS,
        Option(name=INSTRUCTION, default="", help="For models that take one. Empty: the model's own default."),
        REMOTE_CODE,
    ),
    kinds=_KINDS,
    default_model="embedded/ms-marco-MiniLM-L12-v2",
    cost=lambda spec: CostClass.PER_DOCUMENT,
    needs=needs_models,
    exact=one_at_a_time,
    settings=_settings,
    reference=_reference,
)
