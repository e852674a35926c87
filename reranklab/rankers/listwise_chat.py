"""Listwise ranking by any OpenAI-compatible chat endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.segments import counted_ends
from reranklab.llm.chat import chat_order
from reranklab.llm.escape import escape_prompt_text, escaped_prompt_warning
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.family import Capabilities, RankerSpec
from reranklab.rankers.windowed import WindowedOrder, WindowPlan
from reranklab.services.endpoint import Endpoint
from reranklab.types import RANK_ONLY, Document, Provenance, Query, Ranking

_PLACE = Device(id="remote", name="chat endpoint, network included")


class ListwiseChatRanker:
    """Asks for the order of each window and repairs the reply. The endpoint's tokenizer is not known here, so passages are cut
    and counted in words, in scripts without spaces in characters (see `counted_ends`)."""

    def __init__(self, spec: RankerSpec, *, endpoint: Endpoint, plan: WindowPlan) -> None:
        self.spec = spec
        self._endpoint = endpoint
        self._plan = plan

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        clock = RunClock(_PLACE, cancel=cancel)
        with clock.stage("tokenise"):
            cut = self._plan.passage_tokens
            ends = [counted_ends(document.content) for document in documents]
            passages = [
                document.content[: words[cut - 1]] if len(words) > cut else document.content
                for document, words in zip(documents, ends, strict=True)
            ]
            changed = sum(escape_prompt_text(text, ()) != text for text in passages)
        state = WindowedOrder(len(documents), plan=self._plan, cancel=cancel, progress=progress)
        for positions in state:
            window = [passages[position] for position in positions]
            state.reorder(chat_order(self._endpoint, query=query.text, passages=window, clock=clock, cancel=cancel))
        with clock.stage("postprocess"):
            items = rank_by_score(
                documents,
                state.scores(),
                used=[min(len(words), cut) for words in ends],
                total=[len(words) for words in ends],
                ranker=self.id,
            )
        repaired = (f"{state.repairs} places in the model's replies were repaired.",) if state.repairs else ()
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=RANK_ONLY,
            timing=clock.stop(documents=len(documents), tokens=state.tokens, precision="as served"),
            provenance=Provenance(
                ranker=self.id,
                family=self.spec.family.id,
                model=self._endpoint.model,
                revision="as served",
                weights_sha256="",
                device=_PLACE.id,
                device_name=_PLACE.name,
                precision="as served",
                backend="OpenAI-compatible endpoint",
                parameters={
                    "method": "chat",
                    "window": self._plan.size,
                    "step": self._plan.step,
                    "passage_words": cut,
                    "temperature": 0,
                },
                versions=library_versions("openai"),
            ),
            warnings=repaired + escaped_prompt_warning(changed),
            details={"calls": state.count, "repairs": state.repairs},
        )
