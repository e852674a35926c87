"""Ranking by any OpenAI-compatible chat endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.segments import counted_ends
from reranklab.errors import EndpointError
from reranklab.llm.chat_judge import ChatJudge
from reranklab.llm.escape import escape_prompt_text, escaped_prompt_warning
from reranklab.llm.prompts import instructed_query
from reranklab.models.clock import RunClock
from reranklab.models.device import REMOTE, Device
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import score_duplicates_alike
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.generative.methods.catalogue import method_of
from reranklab.rankers.instructions import INSTRUCTION
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Provenance, Query, Ranking

_PLACE = Device(id=REMOTE, name="chat endpoint, network included")


class ListwiseChatRanker(SpecRanker):
    """Asks by the method of its spec, and repairs the orders that are no permutations. The endpoint's tokenizer is not known
    here, so passages are cut and counted in words, in scripts without spaces in characters (see `counted_ends`)."""

    def __init__(self, spec: RankerSpec, *, endpoint: Endpoint, passage_words: int) -> None:
        self.spec = spec
        self._endpoint = endpoint
        self._method = method_of(spec)
        self._cut = passage_words
        self._instruction = spec.option(INSTRUCTION)

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
            cut = self._cut
            ends = [counted_ends(document.content) for document in documents]
            passages = [
                document.content[: words[cut - 1]] if len(words) > cut else document.content
                for document, words in zip(documents, ends, strict=True)
            ]
            changed = sum(escape_prompt_text(text, ()) != text for text in passages)
        asked = instructed_query(query.text, self._instruction)
        judge = ChatJudge(self._endpoint, query=asked, passages=passages, clock=clock, cancel=cancel)
        outcome = self._method.run(judge, len(documents), cancel=cancel, progress=progress)
        calls = int(outcome.details["calls"] or 0)
        if calls and judge.unanswered == calls:
            raise EndpointError(
                f"None of the {calls:,} replies of the chat endpoint at {self._endpoint.host} names a passage. Use a model "
                "that follows instructions better."
            )
        scores = outcome.scores
        if Capability.POINTWISE in self.capabilities:
            scores = score_duplicates_alike(scores, passages)
        with clock.stage("postprocess"):
            items = rank_by_score(
                documents,
                scores,
                used=[min(len(words), cut) for words in ends],
                total=[len(words) for words in ends],
                ranker=self.id,
            )
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=outcome.scale,
            timing=clock.stop(documents=len(documents), tokens=judge.tokens, precision="as served"),
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
                    "method": self.spec.option("method"),
                    **self._method.parameters,
                    "passage_words": cut,
                    **({"instruction": self._instruction} if self._instruction else {}),
                    "temperature": 0,
                },
                versions=library_versions("openai"),
            ),
            warnings=_repaired(judge, calls) + escaped_prompt_warning(changed),
            details={
                "calls": calls,
                "repairs": judge.repairs,
                "unanswered": judge.unanswered,
                "written_tokens": judge.written,
            },
        )


def _repaired(judge: ChatJudge, calls: int) -> tuple[str, ...]:
    """What the replies lacked, in words."""
    repaired = (f"{judge.repairs} places in the model's replies were repaired.",) if judge.repairs else ()
    silent = (
        (f"{judge.unanswered:,} of {calls:,} replies named no passage, or several: these count as equal.",)
        if judge.unanswered
        else ()
    )
    return repaired + silent
