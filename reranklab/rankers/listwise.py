"""Listwise ranking by a language model: a window of candidates in one prompt, windows from the bottom of the list up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.errors import InputError, ModelRefusedError
from reranklab.llm.heads import load_heads
from reranklab.llm.local import METHODS, WindowTask, passage_room
from reranklab.llm.neutral import control_tokens, neutralise_prompt_text
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import Ranker, check_input, rank_by_score
from reranklab.rankers.choice import ModelChoice, choose_model
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.registry import RankerSpec
from reranklab.rankers.windowed import WindowedOrder, WindowPlan, defused_warning
from reranklab.types import ATTENTION, RANK_ONLY, TOKEN_LOGIT, Document, Query, Ranking

if TYPE_CHECKING:
    from reranklab.llm.endpoint import Endpoint

_SCALES = {"attention": ATTENTION, "first-token": TOKEN_LOGIT}
WEAK_MODEL = (
    "A model of 135M parameters is a weak listwise ranker. It shows how the method behaves, not what large models reach."
)


def build_listwise(*, spec: RankerSpec, device: Device, endpoint: Endpoint | None) -> Ranker:
    """The ranker of a spec: local, with the model's own code, or behind a chat endpoint.

    Raises InputError for options out of range, ModelRefusedError where a model has no fitted head weights.
    """
    size = spec.integer("window", low=2, high=20)
    plan = WindowPlan(
        size=size,
        step=min(spec.integer("step", low=1, high=20), size),
        passage_tokens=spec.integer("passage_tokens", low=8, high=4096),
    )
    if spec.hosted:
        from reranklab.llm.endpoint import Endpoint
        from reranklab.rankers.listwise_chat import ChatRanker

        chosen = endpoint or Endpoint.from_environment(model=spec.model)
        return ChatRanker(id=spec.id, endpoint=chosen, plan=plan)
    choice = choose_model(spec, device=device)
    entry = choice.entry
    if entry.kind == "listwise-remote":
        from reranklab.rankers.listwise_remote import ListwiseRemoteRanker

        return ListwiseRemoteRanker(id=spec.id, choice=choice)
    fitted = spec.option("heads") == "fitted" and spec.option("method") == "attention"
    if fitted and not entry.heads:
        if "heads" in spec.options:
            raise ModelRefusedError(f"There are no fitted head weights for {entry.id}. Use heads=all.")
        fitted = False
    return LocalListwiseRanker(
        id=spec.id,
        choice=choice,
        method=spec.option("method"),
        fitted=fitted,
        plan=plan,
    )


class LocalListwiseRanker:
    """A language model on this machine. With one window the method's own scores are kept; with several, only the order means
    something."""

    family = "listwise-llm"

    def __init__(
        self,
        *,
        id: str,  # noqa: A002
        choice: ModelChoice,
        method: str,
        fitted: bool,
        plan: WindowPlan,
    ) -> None:
        if method not in METHODS:
            raise InputError(f"There is no listwise method {method!r}. Choose one of: {', '.join(METHODS)}, chat.")
        self.id = id
        self._choice = choice
        self._method = method
        self._heads = load_heads(choice.entry.heads) if fitted else None
        self._plan = plan

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._choice.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model = self._choice.get(cancel=cancel, progress=progress)
        clock = RunClock(self._choice.device)
        with clock.turn(), clock.stage("tokenise"):
            tokens = control_tokens(model.tokenizer)
            query_text = neutralise_prompt_text(query.text, tokens)
            texts = [neutralise_prompt_text(document.content, tokens) for document in documents]
            window = min(self._plan.size, len(documents))
            room = passage_room(model, method=self._method, query=query_text, window=window)
            cut = min(room, self._plan.passage_tokens)
            passages = model.tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        state = WindowedOrder(len(documents), plan=self._plan, cancel=cancel, progress=progress)
        for positions in state:
            task = WindowTask(
                model=model,
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
            )
        timing = clock.stop(documents=len(documents), tokens=state.tokens, precision=model.precision, load=model.load)
        changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=state.scale(_SCALES.get(self._method, RANK_ONLY)),
            timing=timing,
            provenance=model_provenance(
                model,
                ranker=self.id,
                family=self.family,
                parameters={
                    "method": self._method,
                    "heads": f"fitted on {self._heads.fitted_on}" if self._heads else "all",
                    "window": self._plan.size,
                    "step": self._plan.step,
                    "passage_tokens": cut,
                },
            ),
            warnings=self._warnings(changed),
            details={"windows": state.count, "repairs": state.repairs},
        )

    def _warnings(self, changed: int) -> tuple[str, ...]:
        weak = (WEAK_MODEL,) if 0 < self._choice.entry.parameters < 200_000_000 else ()
        return weak + defused_warning(changed)
