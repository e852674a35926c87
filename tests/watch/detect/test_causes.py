"""The rules that name a cause: what explains what."""

from __future__ import annotations

import pytest

from reranklab.watch.detect.causes import Found, name_causes
from reranklab.watch.detect.series import TITLES
from reranklab.watch.report import Shift

POSITIVE = {"machine", "milliseconds", "candidates", "documents", "queries", "spread"}
SHARES = {"slow", "ranker", "truncated", "unknown", "disagreement", "support", "new_words"}


def found(*changed: str, renamed: bool = False, machine: bool | None = None, smaller: bool = False) -> Found:
    shifts = {}
    for name in TITLES:
        kind = "positive" if name in POSITIVE else "share" if name in SHARES else "real"
        change = (0.5 if smaller else 2.0) if kind == "positive" else (-0.1 if smaller else 0.1)
        shifts[name] = Shift(
            series=name, kind=kind, before=1.0, after=1.0, change=change, low=change, high=change, changed=name in changed
        )
    return Found(shifts=shifts, renamed=renamed, machine=machine)


@pytest.mark.parametrize(
    ("case", "causes"),
    [
        (found("documents", "machine", "truncated", "top_score", machine=False), ("longer_documents",)),
        (found("documents", "machine", machine=True), ("longer_documents", "slower_machine")),
        (found("documents", smaller=True), ("shorter_documents",)),
        (found("candidates", "mean_score", "slow"), ("more_candidates",)),
        (found("candidates", "documents"), ("longer_documents", "more_candidates")),
        (found("top_score", "spread"), ("model_swapped",)),
        (found("top_score", "machine", machine=True), ("model_swapped",)),
        (found("machine", renamed=True, machine=True), ("model_swapped",)),
        (found("queries", "documents", "top_score", "disagreement", "support"), ("new_domain",)),
        (found("unknown", "top_score"), ("new_domain",)),
        (found("unknown"), ("unknown_tokens",)),
        (found("support", smaller=True), ("less_support",)),
        (found("support", "disagreement"), ("disagreement",)),
        (found("machine", "slow", machine=True), ("slower_machine",)),
        (found("machine", machine=True, smaller=True), ("faster_machine",)),
        (found("milliseconds"), ("slower",)),
        (found("slow"), ("stalls",)),
        (found("machine", machine=False), ()),
    ],
)
def test_a_cause_and_what_it_explains(case: Found, causes: tuple[str, ...]) -> None:
    assert name_causes(case).causes == causes


def test_what_follows_is_not_a_cause() -> None:
    named = name_causes(found("documents", "truncated", "top_score"))
    assert named.follows == ("top_score", "truncated")
