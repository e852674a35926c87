"""What one call of a service may take: a server is not trusted to end its answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """Times in seconds; bytes are counted after decompression, which never runs ahead of the count."""

    connect: float = 10.0
    """Until the connection stands. A server that is up answers at once."""

    silence: float = 300.0
    """Between two pieces. A long prompt on a slow processor is read in silence for minutes."""

    total: float = 1800.0
    """For the whole call with its repetitions, whatever arrives: a server may send a byte before each silence ends. A model
    that thinks at 20 tokens a second writes 36,000 of them in this time."""

    reply_bytes: int = 8_000_000
    """Of a streamed reply. A stream spends about 250 bytes on a token, so these are some 32,000 tokens; a ranking of 20
    passages takes 100, and thousands with thoughts."""

    event_bytes: int = 2_000_000
    """Of one event in a stream, and of an answer in one piece: `characters` with each written as \\uXXXX. It is one JSON value,
    which takes up to thirty times its size in memory."""

    lines: int = 100_000
    """Of a streamed reply. Each costs time, however short it is, and a token takes two."""

    error_bytes: int = 64_000
    """Of the body of an error. Its status decides, and 160 characters of it are shown. What follows is not read."""

    characters: int = 200_000
    """Of the reply's text, which is searched for a ranking in many forms."""

    retries: int = 1
    """Repetitions after a status that may pass, and of a chat call after a connection that fails."""

    pause: float = 0.5
    """Before the first repetition, where the server names no time; doubled for each further one."""

    longest_pause: float = 60.0
    """A server that asks for more is not asked again."""


LIMITS = CallLimits()
RERANK_LIMITS = CallLimits(silence=120.0, total=600.0, retries=3)
"""Of a rerank service, whose answers come in one piece and take seconds; `total` is of each call."""
