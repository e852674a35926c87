"""Listwise methods of a local language model: one window of passages in, an order and perhaps scores out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.errors import QueryTooLongError
from reranklab.llm.chat_frame import ChatFrame
from reranklab.llm.passage_attention import PassageAttention
from reranklab.llm.prompts import LETTERS, Prompt, load_prompt
from reranklab.models.clock import RunClock
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.llm.heads import HeadWeights
    from reranklab.llm.prompt_reader import PromptReader

NO_QUERY = "N/A"
"""The query without content that in-context attention is calibrated with (arXiv 2410.02642)."""

MIN_PASSAGE_TOKENS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOrder:
    """Positions of a window's passages, best first.

    `scores` run along the input order; None where the method gives only an order. `tokens` were read to find it, or read and
    written by an endpoint, of which it wrote `written`.
    """

    order: tuple[int, ...]
    scores: tuple[float, ...] | None
    tokens: int
    repairs: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTask:
    """One window: the query's text and the passages as token ids, already cut and escaped. `frame` is the model's."""

    model: LoadedModel
    frame: ChatFrame
    query: str
    passages: Sequence[Sequence[int]]
    clock: RunClock
    cancel: CancelSignal | None
    heads: HeadWeights | None = None


def passage_room(model: LoadedModel, frame: ChatFrame, *, method: str, query: str, window: int) -> int:
    """Tokens that each of `window` passages may take. Raises QueryTooLongError below MIN_PASSAGE_TOKENS."""
    prompt = load_prompt(method)
    around = token_ids(model, "".join(around_passages(frame, prompt, query=query, count=window)))
    labels = sum(len(token_ids(model, prompt.passage.format(label=label))) for label in LETTERS[:window])
    reply = 6 * window
    room = (model.max_tokens - len(around) - labels - reply) // window
    if room < MIN_PASSAGE_TOKENS:
        raise QueryTooLongError(
            f"The query and the frame of the prompt take {len(around):,} of the {model.max_tokens:,} tokens that "
            f"{model.entry.id} reads, which leaves too little for {window} passages. Shorten the query or use a smaller window."
        )
    return room


def read_attention(task: WindowTask) -> PassageAttention:
    """Read the passages once, then "N/A" and the query behind them, and keep the attention of the query rows.

    The query rows run from the start of the late instruction to the end of the chat turn.
    """
    prompt = load_prompt("attention")
    reading, spans = _read_passages(task, prompt)
    length = reading.length
    start = spans[0][0]
    rows = {}
    for query in (NO_QUERY, task.query):
        suffix = _suffix(task, prompt, query=query)
        rows[query] = reading.attention(suffix)[:, :, start:]
        reading.rewind(length)
    moved = tuple((first - start, last - start) for first, last in spans)
    return PassageAttention(query=rows[task.query], no_query=rows[NO_QUERY], spans=moved, tokens=reading.read_tokens)


def attention_order(task: WindowTask) -> WindowOrder:
    """In-context reranking: calibrated attention, summed over heads or weighted by fitted ones."""
    from reranklab.llm.heads import fitted_scores, summed_scores

    attention = read_attention(task)
    with task.clock.stage("postprocess"):
        scores = fitted_scores(attention, task.heads) if task.heads else summed_scores(attention)
    return WindowOrder(order=_by_score(scores), scores=tuple(scores), tokens=attention.tokens)


def first_token_order(task: WindowTask) -> WindowOrder:
    """FIRST (arXiv 2406.15657): the logits of the labels as the first token of the answer, one forward pass."""
    prompt = load_prompt("first-token")
    reading, _ = _read_passages(task, prompt)
    logits = reading.next_logits(_suffix(task, prompt, query=task.query))
    scores = [float(logits[ids].logsumexp(dim=0)) for ids in label_ids(task.model, len(task.passages))]
    return WindowOrder(order=_by_score(scores), scores=tuple(scores), tokens=reading.read_tokens)


def permutation_order(task: WindowTask) -> WindowOrder:
    """Permutation generation (RankGPT, arXiv 2304.09542), constrained: at each step only unused labels can be chosen and
    separators are given, so every reply is a valid permutation."""
    prompt = load_prompt("permutation")
    reading, _ = _read_passages(task, prompt)
    pending = _suffix(task, prompt, query=task.query)
    labels = label_ids(task.model, len(task.passages))
    separator = token_ids(task.model, prompt.separator)
    order: list[int] = []
    while len(order) < len(labels) - 1:
        logits = reading.next_logits(pending)
        unused = [position for position in range(len(labels)) if position not in order]
        chosen = max(unused, key=lambda position: float(logits[labels[position]].max()))
        best = max(labels[chosen], key=lambda token: float(logits[token]))
        order.append(chosen)
        pending = [best, *separator]
    order += [position for position in range(len(labels)) if position not in order]
    return WindowOrder(order=tuple(order), scores=None, tokens=reading.read_tokens)


METHODS: Mapping[str, Callable[[WindowTask], WindowOrder]] = {
    "attention": attention_order,
    "first-token": first_token_order,
    "permutation": permutation_order,
}


def _read_passages(task: WindowTask, prompt: Prompt) -> tuple[PromptReader, list[tuple[int, int]]]:
    from reranklab.llm.prompt_reader import PromptReader

    reading = PromptReader(task.model, clock=task.clock, cancel=task.cancel)
    with task.clock.turn(), task.clock.stage("tokenise"):
        before, _ = around_passages(task.frame, prompt, query="", count=len(task.passages))
        ids = token_ids(task.model, before)
        spans = []
        for label, passage in zip(LETTERS, task.passages, strict=False):
            ids += token_ids(task.model, prompt.passage.format(label=label))
            spans.append((len(ids), len(ids) + len(passage)))
            ids += passage
    reading.read(ids)
    return reading, spans


def around_passages(frame: ChatFrame, prompt: Prompt, *, query: str, count: int) -> tuple[str, str]:
    """The prompt's text before and behind the passages."""
    tail = prompt.tail.replace("{count}", str(count)).replace("{query}", query)
    before, after = frame.around(head=prompt.head.replace("{count}", str(count)), tail=tail)
    return before, after + prompt.answer.replace("{query}", query)


def _suffix(task: WindowTask, prompt: Prompt, *, query: str) -> list[int]:
    return token_ids(task.model, around_passages(task.frame, prompt, query=query, count=len(task.passages))[1])


def token_ids(model: LoadedModel, text: str) -> list[int]:
    ids: list[int] = model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return list(ids)


def label_ids(model: LoadedModel, count: int) -> list[list[int]]:
    """For each label the ids of "A" and " A" where these are one token."""
    found = []
    for label in LETTERS[:count]:
        forms: list[Any] = [token_ids(model, form) for form in (label, f" {label}")]
        found.append(sorted({form[0] for form in forms if len(form) == 1}))
    return found


def _by_score(scores: Sequence[float]) -> tuple[int, ...]:
    return tuple(sorted(range(len(scores)), key=lambda position: -scores[position]))
