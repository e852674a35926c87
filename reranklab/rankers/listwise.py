"""Listwise ranking by a language model: a window of candidates in one prompt, windows from the bottom of the list up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from reranklab.errors import InputError, ModelRefusedError
from reranklab.extras import LLM, MODELS, Extra
from reranklab.llm.chat_frame import ChatFrame, chat_frame
from reranklab.llm.escape import control_tokens, escape_prompt_text, escaped_prompt_warning
from reranklab.llm.heads import HeadWeights, load_heads
from reranklab.llm.local import METHODS, WindowTask, passage_room, read_attention
from reranklab.llm.windows import sliding_windows
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import Kind, LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.batching import text_parts
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.estimate import Estimate, Workload, prompts
from reranklab.rankers.explainable import ReadPassages, ReadText
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.rankers.listwise_models import load_custom_code, load_watched_causal
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import (
    PRECISION_HELP,
    REMOTE_CODE,
    in_float32,
    model_entry,
    other_precisions,
    refer,
)
from reranklab.rankers.traces import text_ends
from reranklab.rankers.unknown import mark_unknown
from reranklab.rankers.windowed import WindowedOrder, WindowPlan
from reranklab.services.endpoint import find_endpoint
from reranklab.services.service import CHAT_ID
from reranklab.types import ATTENTION, COSINE, RANK_ONLY, TOKEN_LOGIT, Document, Query, Ranking

MAX_WINDOW = 20
_SCALES = {"attention": ATTENTION, "first-token": TOKEN_LOGIT}
_WEAK_BELOW = 200_000_000
"""Parameters."""


class LocalListwiseRanker:
    """A language model on this machine. With one window the method's own scores are kept; with several, only the order means
    something."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self.reference = refer(spec, device=context.device)
        self._method = spec.option("method")
        self._heads = load_heads(self.reference.entry.heads) if _uses_fitted_heads(spec) else None
        self._plan = window_plan(spec)

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._ready(cancel, progress)

    def _ready(self, cancel: CancelSignal | None, progress: Progress | None) -> tuple[LoadedModel, ChatFrame]:
        """The model and its frame; for the first time its template is run, which no device waits for."""
        model = self.reference.get(cancel=cancel, progress=progress)
        return model, chat_frame(model, cancel=cancel)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model, frame = self._ready(cancel, progress)
        clock = RunClock(self.reference.device, cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            prompt = self._prompt(model, frame, query, documents, method=self._method, cancel=cancel)
            query_text, texts, passages, cut = prompt.query, prompt.texts, prompt.passages, prompt.cut
        state = WindowedOrder(len(documents), plan=self._plan, cancel=cancel, progress=progress)
        for positions in state:
            task = WindowTask(
                model=model,
                frame=frame,
                query=query_text,
                passages=[passages[position][:cut] for position in positions],
                clock=clock,
                cancel=cancel,
                heads=self._heads,
            )
            state.reorder(METHODS[self._method](task))
        with clock.stage("postprocess"):
            items = rank_by_score(
                documents,
                state.scores(),
                used=[min(len(ids), cut) for ids in passages],
                total=[len(ids) for ids in passages],
                ranker=self.id,
                why=partial(why_no_number, model),
            )
        timing = clock.stop(documents=len(documents), tokens=state.tokens, precision=model.precision, load=model.load)
        unknown = model.tokenizer.unk_token_id
        items, warnings = mark_unknown(
            model,
            items,
            query=query.text,
            texts=[document.content for document in documents],
            suspects=[position for position, ids in enumerate(passages) if unknown in ids],
            cancel=cancel,
        )
        changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=state.scale(_SCALES.get(self._method, RANK_ONLY)),
            timing=timing,
            provenance=model_provenance(
                model,
                self.spec,
                parameters={
                    "method": self._method,
                    "heads": describe_heads(self._heads) if self._heads else "all",
                    "window": self._plan.size,
                    "step": self._plan.step,
                    "passage_tokens": cut,
                },
            ),
            warnings=self._warnings(changed) + warnings,
            details={"windows": state.count, "repairs": state.repairs},
        )

    def _warnings(self, changed: int) -> tuple[str, ...]:
        parameters = self.reference.entry.parameters
        weak = (weak_warning(parameters, self._heads),) if 0 < parameters < _WEAK_BELOW else ()
        return weak + escaped_prompt_warning(changed)

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText:
        """See Tokenizes."""
        model = self.reference.get(cancel=cancel, progress=progress)
        with device_lock(model.device.id).hold():
            read = escape_prompt_text(text, control_tokens(model.tokenizer))
            return ReadText(text=read, ends=text_ends(model, read))

    def read_passages(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> ReadPassages:
        """See AttendsPassages: as the attention method does, whichever method ranks. Raises InputError for too many."""
        check_input(query, documents)
        if len(documents) > self._plan.size:
            raise InputError(f"{len(documents)} documents do not fit into a window of {self._plan.size}. Take fewer.")
        model, frame = self._ready(cancel, progress)
        clock = RunClock(model.device, cancel=cancel)
        with clock.turn():
            prompt = self._prompt(model, frame, query, documents, method="attention", cancel=cancel)
        passages = [ids[: prompt.cut] for ids in prompt.passages]
        task = WindowTask(model=model, frame=frame, query=prompt.query, passages=passages, clock=clock, cancel=cancel)
        return ReadPassages(attention=read_attention(task), tokens=tuple(len(ids) for ids in passages), model=model.entry.id)

    def _prompt(
        self,
        model: LoadedModel,
        frame: ChatFrame,
        query: Query,
        documents: Sequence[Document],
        *,
        method: str,
        cancel: CancelSignal | None,
    ) -> _Prompt:
        """Hold the device's lock. Raises QueryTooLongError where the query leaves too little room for passages."""
        tokens = control_tokens(model.tokenizer)
        text = escape_prompt_text(query.text, tokens)
        texts = [escape_prompt_text(document.content, tokens) for document in documents]
        room = passage_room(model, frame, method=method, query=text, window=min(self._plan.size, len(documents)))
        passages: list[Sequence[int]] = []
        for part in text_parts(texts):
            check_cancel(cancel)
            passages += model.tokenizer(list(part), add_special_tokens=False, verbose=False)["input_ids"]
        return _Prompt(query=text, texts=texts, passages=passages, cut=min(room, self._plan.passage_tokens))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """Texts as the model reads them; `passages` are token ids, uncut, of which the first `cut` enter the prompt."""

    query: str
    texts: Sequence[str]
    passages: Sequence[Sequence[int]]
    cut: int


def describe_heads(heads: HeadWeights) -> str:
    """Feature, length weight and collections, for the provenance."""
    return f"{heads.feature}, length {heads.length:g}, fitted on {heads.fitted_on}"


def weak_warning(parameters: int, heads: HeadWeights | None) -> str:
    """That a small model ranks lists badly, and where its fitted heads lost to BM25 and to a random order, on collections
    that they were not fitted on."""
    weak = (
        f"A model of {parameters / 1e6:.0f}M parameters is a weak listwise ranker. It shows how the method behaves, not what "
        "large models reach."
    )
    if heads is None:
        return weak
    said = f"{weak} On {heads.measured_on} collections that its heads were not fitted on, its mean nDCG@10 was"
    below = {"BM25": heads.below_bm25, "a random order": heads.below_random}
    parts = [f"below {other} on {len(names)} ({', '.join(names)})" for other, names in below.items() if names]
    return f"{said} {' and '.join(parts) if parts else 'nowhere below BM25'}, over the same candidates."


def window_plan(spec: RankerSpec) -> WindowPlan:
    """The windows that a spec asks for. Raises InputError for a number out of range."""
    size = spec.integer("window", low=2, high=MAX_WINDOW)
    return WindowPlan(
        size=size,
        step=min(spec.integer("step", low=1, high=MAX_WINDOW), size),
        passage_tokens=spec.integer("passage_tokens", low=8, high=4096),
    )


def _uses_fitted_heads(spec: RankerSpec) -> bool:
    """Raises ModelRefusedError where a model without fitted head weights is asked for them."""
    if spec.option("heads") != "fitted" or spec.option("method") != "attention":
        return False
    entry = model_entry(spec)
    if not entry.heads and "heads" in spec.options:
        raise ModelRefusedError(f"There are no fitted head weights for {entry.id}. Use heads=all.")
    return bool(entry.heads)


def _runs_custom_code(spec: RankerSpec) -> bool:
    return model_entry(spec).kind == "listwise-custom"


def _build(spec: RankerSpec, context: BuildContext) -> Ranker:
    """Local, with the model's own code, or behind a chat endpoint."""
    if spec.option("method") == "chat":
        from reranklab.rankers.listwise_chat import ListwiseChatRanker

        endpoint = find_endpoint(context.endpoints, CHAT_ID, model=spec.model)
        return ListwiseChatRanker(spec, endpoint=endpoint, plan=window_plan(spec))
    if _runs_custom_code(spec):
        from reranklab.rankers.listwise_custom import CustomCodeRanker

        return CustomCodeRanker(spec, refer(spec, device=context.device))
    return LocalListwiseRanker(spec, context)


def _capabilities(spec: RankerSpec) -> Capabilities:
    found = {Capability.DEFAULT, Capability.TRUNCATES}
    if spec.option("method") == "chat":
        return frozenset(found | {Capability.HOSTED, Capability.ENDPOINT, Capability.WINDOWED})
    if _runs_custom_code(spec):
        return frozenset(found)
    return frozenset(found | {Capability.WINDOWED, Capability.TOKENIZER, Capability.PASSAGE_ATTENTION})


def _needs(spec: RankerSpec) -> Extra:
    return LLM if spec.option("method") == "chat" else MODELS


def _describe(spec: RankerSpec) -> str:
    if spec.option("method") == "chat":
        return "chat endpoint"
    return (spec.model or FAMILY.default_model).rstrip("/").rpartition("/")[2]


def _service(spec: RankerSpec) -> str:
    return CHAT_ID if spec.option("method") == "chat" else ""


def _cost(spec: RankerSpec) -> CostClass:
    """An attention or a first answer token takes a pass or two for each window, a written answer one for each token."""
    method = spec.option("method")
    if method == "chat":
        return CostClass.SERVICE
    if _runs_custom_code(spec):
        return CostClass.PER_LIST
    return CostClass.MANY_PASSES if method == "permutation" else CostClass.PER_WINDOW


def _settings(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    return () if spec.option("method") == "chat" else other_precisions(spec, device)


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    if _runs_custom_code(spec):
        return prompts(load, calls=1, passages=load.documents)
    plan = window_plan(spec)
    windows = [end - start for start, end in sliding_windows(load.documents, size=plan.size, step=plan.step)]
    answers = sum(windows) if spec.option("method") in ("chat", "permutation") else 0
    return prompts(load, calls=len(windows), passages=sum(windows), most=plan.passage_tokens, answers=answers)


FAMILY = Family(
    id="listwise-llm",
    title="Listwise LLM",
    summary="A language model that sees many candidates in one prompt and compares them.",
    colour="#CC79A7",
    capabilities=_capabilities,
    build=_build,
    scales=(ATTENTION, TOKEN_LOGIT, RANK_ONLY, COSINE),
    options=(
        Option(
            name="method",
            default="attention",
            choices=("attention", "first-token", "permutation", "chat"),
            help="attention: calibrated attention from the query to each passage. first-token: logits of the first "
            "answer token. permutation: a generated order, made to be valid. chat: an OpenAI-compatible endpoint.",
        ),
        Option(
            name="heads",
            default="fitted",
            choices=("fitted", "all"),
            help="Attention method only. fitted: weights for each head, shipped for the default model. all: plain sum.",
        ),
        Option(name="window", default="20", help="Passages in one prompt. 2 to 20."),
        Option(name="step", default="10", help="How far the window moves up the list. 1 to window."),
        Option(name="passage_tokens", default="256", help="Tokens of each passage that enter the prompt. 8 to 4096."),
        Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=PRECISION_HELP),
        REMOTE_CODE,
    ),
    kinds={
        "causal-lm": Kind(description="an instruct language model used listwise", load=load_watched_causal),
        "listwise-custom": Kind(
            description="a listwise reranker that brings its own code, which runs here", load=load_custom_code
        ),
    },
    default_model="embedded/SmolLM2-135M-Instruct",
    cost=_cost,
    needs=_needs,
    describe=_describe,
    service=_service,
    settings=_settings,
    estimate=_estimate,
    reference=in_float32,
)
