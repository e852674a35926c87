"""Prompts sent to any chat endpoint that speaks the OpenAI protocol: Ollama, llama.cpp, vLLM, hosted."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reranklab.errors import EndpointError
from reranklab.llm.endpoint_errors import endless, in_plain_words
from reranklab.llm.escape import escape_prompt_text
from reranklab.llm.local import WindowOrder
from reranklab.llm.prompts import load_prompt
from reranklab.llm.replies import parse_permutation
from reranklab.models.clock import RunClock
from reranklab.progress import CancelSignal, check_cancel
from reranklab.services.endpoint import Endpoint
from reranklab.services.faults import not_the_protocol, scrub, too_slow, unreadable
from reranklab.services.limits import LIMITS, CallLimits

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_POLL_SECONDS = 0.05
_SHORT = {"max_tokens": 1, "logprobs": True, "top_logprobs": 20}
"""No server gives more than 20."""
_MOST_TOKENS = 10**9
"""A count beyond it is none."""


def chat_order(
    endpoint: Endpoint,
    *,
    query: str,
    passages: Sequence[str],
    clock: RunClock,
    cancel: CancelSignal | None,
    limits: CallLimits = LIMITS,
) -> WindowOrder:
    """Ask the endpoint for the order of one window of passages, already cut to length.

    The reply is repaired to a full permutation. `tokens` is what the server reports, 0 where it reports nothing. The call
    counts as compute but takes no device. Raises EndpointError, also for an answer beyond the limits, and Cancelled within a
    fraction of a second.
    """
    check_cancel(cancel)
    with clock.stage("tokenise"):
        messages = chat_messages(query, passages)
    reply = ask_chat(endpoint, messages, clock=clock, cancel=cancel, limits=limits)
    with clock.stage("postprocess"):
        parsed = parse_permutation(scrub(reply.text, endpoint), count=len(passages))
    return WindowOrder(order=parsed.order, scores=None, tokens=reply.tokens, repairs=parsed.repairs, written=reply.written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `tokens` were read and written, `written` of them written. `first` has the log-probabilities of what
    could have been the first token, where they were asked for."""

    text: str
    tokens: int
    written: int = 0
    first: Mapping[str, float] = field(default_factory=dict)


def ask_chat(
    endpoint: Endpoint,
    messages: list[dict[str, str]],
    *,
    clock: RunClock,
    cancel: CancelSignal | None,
    limits: CallLimits = LIMITS,
    probabilities: bool = False,
) -> Reply:
    """One call, as `chat_order` makes it. With `probabilities` the answer is one token, and a server that can tells what
    else it could have been."""
    check_cancel(cancel)
    client = _client(endpoint, limits)
    with clock.stage("compute"):
        return _in_thread(client, endpoint, messages, cancel, limits, _SHORT if probabilities else {})


def chat_messages(query: str, passages: Sequence[str], *, name: str = "chat") -> list[dict[str, str]]:
    """The prompt: passages as quoted material behind their numbers from 1, control tokens and labels in them escaped."""
    prompt = load_prompt(name)
    count = str(len(passages))
    parts = [prompt.head.replace("{count}", count)]
    for number, passage in enumerate(passages, start=1):
        text = escape_prompt_text(passage, ())
        parts.append(prompt.passage.replace("{label}", str(number)).replace("{passage}", text))
    parts.append(prompt.tail.replace("{count}", count).replace("{query}", escape_prompt_text(query, ())))
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": "".join(parts)}]


def _client(endpoint: Endpoint, limits: CallLimits) -> AsyncOpenAI:
    from openai import AsyncOpenAI, Timeout

    from reranklab.services.transport import open_client

    return AsyncOpenAI(
        base_url=endpoint.url,
        api_key=endpoint.key or "none",
        max_retries=limits.retries,
        timeout=Timeout(limits.silence, connect=limits.connect),
        http_client=open_client(endpoint, limits),
    )


def _headers(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint's key and nothing of another account that the environment may name for the client library."""
    from openai import Omit

    authorization = f"Bearer {endpoint.key}" if endpoint.key else Omit()
    return {"Authorization": authorization, "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}


def _in_thread(
    client: AsyncOpenAI,
    endpoint: Endpoint,
    messages: list[dict[str, str]],
    cancel: CancelSignal | None,
    limits: CallLimits,
    extra: Mapping[str, Any],
) -> Reply:
    """Run the call in a thread with an event loop of its own and look at `cancel` and the time meanwhile.

    Cancelling the task in its loop closes the connection at once, so that the server stops generating too. Closing a blocking
    client from outside would leave its thread waiting for the next byte. Errors are raised without the library's own in their
    chain: requests and replies in there may hold the key.
    """
    from openai import OpenAIError

    stop = threading.Event()

    def work() -> Reply:
        try:
            return asyncio.run(_until(stop, client, endpoint, messages, limits, extra))
        except OpenAIError as error:
            problem = in_plain_words(error, endpoint)
        except EndpointError as error:
            problem = EndpointError(str(error))
        except (ValueError, RecursionError, TypeError, AttributeError, LookupError) as error:
            problem = unreadable(error, endpoint)
        raise problem

    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chat-endpoint")
    latest = time.monotonic() + limits.total
    try:
        outcome = executor.submit(work)
        while not wait([outcome], timeout=_POLL_SECONDS).done:
            check_cancel(cancel)
            if time.monotonic() > latest:
                raise too_slow(endpoint, seconds=limits.total)
        return outcome.result()
    finally:
        stop.set()
        executor.shutdown(wait=False)


async def _until(
    stop: threading.Event,
    client: AsyncOpenAI,
    endpoint: Endpoint,
    messages: list[dict[str, str]],
    limits: CallLimits,
    extra: Mapping[str, Any],
) -> Reply:
    task = asyncio.create_task(_ask(client, endpoint, messages, limits, extra))
    while not task.done():
        if stop.is_set():
            task.cancel()
        await asyncio.wait({task}, timeout=_POLL_SECONDS)
    return task.result()


async def _ask(
    client: AsyncOpenAI, endpoint: Endpoint, messages: list[dict[str, str]], limits: CallLimits, extra: Mapping[str, Any]
) -> Reply:
    """One streamed call; again without the request for token counts where the server refuses that."""
    from openai import BadRequestError, UnprocessableEntityError

    settings: dict[str, Any] = {
        "model": endpoint.model,
        "messages": messages,
        "temperature": 0,
        "stream": True,
        "extra_headers": _headers(endpoint),
        **extra,
    }
    async with client:
        try:
            return await _converse(client, endpoint, {**settings, "stream_options": {"include_usage": True}}, limits)
        except (BadRequestError, UnprocessableEntityError) as error:
            if "stream_options" not in f"{error} {error.body}":
                raise
        return await _converse(client, endpoint, settings, limits)


async def _converse(client: AsyncOpenAI, endpoint: Endpoint, settings: dict[str, Any], limits: CallLimits) -> Reply:
    response = await client.chat.completions.with_raw_response.create(**settings)
    if "json" in response.headers.get("content-type", ""):
        await response.http_response.aread()
        return _read_whole(response.http_response.json(), endpoint, limits)
    text: list[str] = []
    characters = tokens = written = 0
    first: dict[str, float] = {}
    async with response.parse() as stream:
        async for chunk in stream:
            for choice in getattr(chunk, "choices", None) or ():
                first = first or _first_token(getattr(choice, "logprobs", None))
                piece = getattr(getattr(choice, "delta", None), "content", None)
                if isinstance(piece, str):
                    text.append(piece)
                    characters += len(piece)
            usage = getattr(chunk, "usage", None)
            tokens = _count(getattr(usage, "total_tokens", None)) or tokens
            written = _count(getattr(usage, "completion_tokens", None)) or written
            if characters > limits.characters:
                raise endless(endpoint, characters=limits.characters)
    if not text and "event-stream" not in response.headers.get("content-type", ""):
        raise not_the_protocol(endpoint, "it holds no event of a stream")
    return Reply(text="".join(text), tokens=tokens, written=min(written, tokens), first=first)


def _read_whole(data: Any, endpoint: Endpoint, limits: CallLimits) -> Reply:
    """The answer of a server that does not stream."""
    match data:
        case {"choices": [{"message": {"content": str() | None as text}}, *_]}:
            if len(text or "") > limits.characters:
                raise endless(endpoint, characters=limits.characters)
            told = data.get("usage")
            usage = told if isinstance(told, dict) else {}
            tokens = _count(usage.get("total_tokens"))
            return Reply(
                text=text or "",
                tokens=tokens,
                written=min(_count(usage.get("completion_tokens")), tokens),
                first=_first_token(data["choices"][0].get("logprobs")),
            )
    raise not_the_protocol(endpoint, "it holds no message of a model")


def _count(total: Any) -> int:
    """What a server reports; 0 where that is no number of tokens."""
    return total if type(total) is int and 0 <= total <= _MOST_TOKENS else 0


def _first_token(told: Any) -> dict[str, float]:
    """Token to log-probability, of the first token alone; empty where the server tells none, or something else."""
    content = _part(told, "content")
    listed = _part(content[0], "top_logprobs") if isinstance(content, list) and content else None
    found: dict[str, float] = {}
    for each in listed if isinstance(listed, list) else ():
        token, value = _part(each, "token"), _part(each, "logprob")
        if isinstance(token, str) and isinstance(value, int | float) and math.isfinite(value):
            found[token] = float(value)
    return found


def _part(whole: Any, name: str) -> Any:
    """Of the client library's objects and of plain JSON alike."""
    return whole.get(name) if isinstance(whole, dict) else getattr(whole, name, None)
