"""Published times of rerankers with their conditions, and what a law gives for the same lists."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reranklab.latency.forecast import Forecast
from reranklab.latency.law import Between


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`ms` are the least and the most that is claimed for a list of `documents`; `tokens` is None where no length is stated."""

    id: str
    name: str
    documents: int
    ms: tuple[float, float]
    source: str
    conditions: str
    tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the law gives for a claim's list, in ms: of the claimed length, or from the shortest to the longest that was
    measured. `cut` says that the ranker does not read so long documents to their end."""

    claim: Claim
    here: Between
    tokens: tuple[float, float]
    cut: bool


@cache
def published_claims() -> tuple[Claim, ...]:
    """In the order of the file."""
    text = files("reranklab.latency").joinpath("claims.toml").read_text(encoding="utf-8")
    return tuple(Claim(**{**values, "ms": tuple(values["ms"])}) for values in tomllib.loads(text)["claim"])


def answer_claim(claim: Claim, told: Forecast) -> Answer:
    """The p50 of the same list here. Where no length is stated, `here` goes from the shortest measured one to the longest, and
    its value is that of the mean one."""
    if claim.tokens is not None:
        here = told.time(claim.documents, claim.tokens)
        return Answer(claim=claim, here=here, tokens=(claim.tokens, claim.tokens), cut=told.is_cut(claim.tokens))
    shortest, longest = told.lengths
    here = Between(
        value=told.time(claim.documents, told.usual).value,
        low=told.time(claim.documents, shortest).value,
        high=told.time(claim.documents, longest).value,
    )
    return Answer(claim=claim, here=here, tokens=told.lengths, cut=False)
