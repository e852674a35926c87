"""Ranking by a language model on this machine, by any of the methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from reranklab.errors import InputError, ModelRefusedError
from reranklab.llm.chat_frame import ChatFrame, chat_frame
from reranklab.llm.escape import control_tokens, escape_prompt_text, escaped_prompt_warning
from reranklab.llm.heads import HeadWeights, load_heads
from reranklab.llm.local import WindowTask, passage_room, read_attention
from reranklab.llm.local_judge import LocalJudge
from reranklab.llm.prompts import instructed_query
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import score_duplicates_alike, text_parts
from reranklab.rankers.explainable import ReadPassages, ReadText
from reranklab.rankers.family import BuildContext, Capability, RankerSpec
from reranklab.rankers.generative.methods.catalogue import method_of, window_plan
from reranklab.rankers.instructions import INSTRUCTION, unread_warning
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import model_entry, refer
from reranklab.rankers.traces import text_ends
from reranklab.rankers.unknown import mark_unknown
from reranklab.types import Document, Query, Ranking

_WEAK_BELOW = 200_000_000
"""Parameters."""


class LocalListwiseRanker(SpecRanker):
    """A language model on this machine, by the method of its spec."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self.reference = refer(spec, device=context.device)
        self._name = spec.option("method")
        self._method = method_of(spec)
        self._heads = load_heads(self.reference.entry.heads) if _uses_fitted_heads(spec) else None
        self._plan = window_plan(spec)
        self._instruction = spec.option(INSTRUCTION) if spec.can(Capability.INSTRUCTION) else ""

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
            prompt = self._prompt(
                model, frame, query, documents, prompt_name=self._method.prompt, together=self._method.together, cancel=cancel
            )
            texts, passages, cut = prompt.texts, prompt.passages, prompt.cut
        task = WindowTask(
            model=model,
            frame=frame,
            query=prompt.query,
            passages=[ids[:cut] for ids in passages],
            clock=clock,
            cancel=cancel,
            heads=self._heads,
        )
        judge = LocalJudge(task, method=self._name)
        outcome = self._method.run(judge, len(documents), cancel=cancel, progress=progress)
        scores = outcome.scores
        if Capability.POINTWISE in self.capabilities:
            scores = score_duplicates_alike(scores, texts)
        with clock.stage("postprocess"):
            items = rank_by_score(
                documents,
                scores,
                used=[min(len(ids), cut) for ids in passages],
                total=[len(ids) for ids in passages],
                ranker=self.id,
                why=partial(why_no_number, model),
            )
        timing = clock.stop(documents=len(documents), tokens=judge.tokens, precision=model.precision, load=model.load)
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
            scale=outcome.scale,
            timing=timing,
            provenance=model_provenance(
                model,
                self.spec,
                parameters={
                    "method": self._name,
                    "heads": describe_heads(self._heads) if self._heads else "all",
                    **self._method.parameters,
                    "passage_tokens": cut,
                    **({"instruction": self._instruction} if self._instruction else {}),
                },
            ),
            warnings=unread_warning(self.spec, "The likelihood of a query") + self._warnings(changed) + warnings,
            details=outcome.details,
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
            prompt = self._prompt(
                model, frame, query, documents, prompt_name="attention", together=self._plan.size, cancel=cancel
            )
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
        prompt_name: str,
        together: int,
        cancel: CancelSignal | None,
    ) -> _Prompt:
        """Hold the device's lock. Raises QueryTooLongError where the query leaves too little room for passages."""
        tokens = control_tokens(model.tokenizer)
        text = escape_prompt_text(instructed_query(query.text, self._instruction), tokens)
        texts = [escape_prompt_text(document.content, tokens) for document in documents]
        room = passage_room(model, frame, method=prompt_name, query=text, window=min(together, len(documents)))
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


def _uses_fitted_heads(spec: RankerSpec) -> bool:
    """Raises ModelRefusedError where a model without fitted head weights is asked for them."""
    if spec.option("heads") != "fitted" or spec.option("method") != "attention":
        return False
    entry = model_entry(spec)
    if not entry.heads and "heads" in spec.options:
        raise ModelRefusedError(f"There are no fitted head weights for {entry.id}. Use heads=all.")
    return bool(entry.heads)
