"""Questions on a few passages, answered by a local language model's likelihoods: one forward pass a prompt, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from reranklab.llm.local import METHODS, WindowOrder, WindowTask, around_passages, label_ids, token_ids
from reranklab.llm.prompts import LETTERS, Prompt, load_prompt

if TYPE_CHECKING:
    from reranklab.llm.prompt_reader import PromptReader

_YES, _NO = ("Yes", " Yes", "yes", " yes", "YES"), ("No", " No", "no", " no", "NO")


class LocalJudge:
    """Answers on one ranking's passages, which `task` holds in input order. Positions count from 0; `tokens` were read so far.
    Where a prompt begins like the one before it, that part is not read again."""

    repairs = 0
    unanswered = 0

    def __init__(self, task: WindowTask, *, method: str) -> None:
        self._task = task
        self._method = method
        self._ordered_tokens = 0

    @property
    def tokens(self) -> int:
        return self._ordered_tokens + (self._reader.read_tokens if "_reader" in self.__dict__ else 0)

    def order(self, positions: Sequence[int]) -> WindowOrder:
        """The order of one window, by the method itself."""
        found = METHODS[self._method](replace(self._task, passages=[self._task.passages[position] for position in positions]))
        self._ordered_tokens += found.tokens
        return found

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        """For each passage the log-likelihood that its label is the answer to which one answers best, among the labels."""
        import torch

        prompt = load_prompt("pairwise" if self._method == "pairwise" else "first-token")
        logits = self._reader.logits_behind(self._ids(prompt, positions))
        labels = torch.stack([logits[ids].logsumexp(dim=0) for ids in label_ids(self._task.model, len(positions))])
        return tuple(torch.log_softmax(labels, dim=0).tolist())

    def ranked(self, positions: Sequence[int]) -> tuple[float, ...]:
        """As `best`: the likelihoods of the labels order the others too."""
        return self.best(positions)

    def relevance(self, position: int) -> float:
        """The logit of "Yes" less that of "No", each over its ways to be written."""
        logits = self._reader.logits_behind(self._ids(load_prompt("relevance"), [position]))
        yes, no = (float(logits[self._forms(words)].logsumexp(dim=0)) for words in (_YES, _NO))
        return yes - no

    def query_likelihood(self, position: int) -> float:
        """The mean log-likelihood of the query's tokens, as what the model would write for the passage."""
        prompt = replace(load_prompt("query-likelihood"), answer="")
        with self._task.clock.turn(), self._task.clock.stage("tokenise"):
            query = token_ids(self._task.model, self._task.query)
        if not query:
            return 0.0
        return float(self._reader.log_likelihoods(query, behind=self._ids(prompt, [position])).mean())

    @cached_property
    def _reader(self) -> PromptReader:
        from reranklab.llm.prompt_reader import PromptReader

        return PromptReader(self._task.model, clock=self._task.clock, cancel=self._task.cancel)

    def _forms(self, words: Sequence[str]) -> list[int]:
        """The ids of those that are one token."""
        forms = [token_ids(self._task.model, word) for word in words]
        return sorted({ids[0] for ids in forms if len(ids) == 1})

    def _ids(self, prompt: Prompt, positions: Sequence[int]) -> list[int]:
        task = self._task
        with task.clock.turn(), task.clock.stage("tokenise"):
            before, behind = around_passages(task.frame, prompt, query=task.query, count=len(positions))
            ids = token_ids(task.model, before)
            for label, position in zip(LETTERS, positions, strict=False):
                ids += token_ids(task.model, prompt.passage.format(label=label))
                ids += task.passages[position]
            return ids + token_ids(task.model, behind)
