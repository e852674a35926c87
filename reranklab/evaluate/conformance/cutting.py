"""How a served model cuts long documents, against the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reranklab.evaluate.conformance.asking import Answer
from reranklab.evaluate.conformance.measured import Measured
from reranklab.evaluate.conformance.texts import Pair
from reranklab.evaluate.conformance.verdict import Evidence, Verdict
from reranklab.evaluate.conformance.windows import Cut, windows

Ask = Callable[[tuple[Pair, ...]], list[Answer]]
"""The reference's answers to pairs."""


def check_cut(measured: Measured, *, allowed: float, cuts: tuple[Cut, ...], ask: Ask) -> Verdict:
    """`allowed` is how far a score may be from the reference's; `cuts` run along the long pairs, and `ask` is called only where
    something has to be explained."""
    evidence = measured.long.evidence(measured.scale)
    refused = [each for each in evidence if each.refusal]
    off = [each for each in evidence if not each.refusal and each.off > allowed]
    if not off and not refused:
        longest = max(sum(pair) for pair in zip(_totals(measured), (cut.frame for cut in cuts), strict=True))
        words = f"Up to pairs of {longest:,} tokens the scores are the reference's, {_own_window(measured, cuts)}."
        return Verdict(check="truncation", state="pass", words=words, evidence=tuple(evidence))
    if not off:
        words = f"From {refused[0].what} on long pairs are refused: {refused[0].refusal}"
        return Verdict(check="truncation", state="note", words=words, evidence=tuple(evidence))
    worst = tuple(sorted(evidence, key=lambda each: (not each.off > allowed, -each.off)))
    start = _tokens(measured, off, cuts)
    same = f"Pairs of {start:,} tokens and more have other scores than the reference's, {_own_window(measured, cuts)}. "
    if explained := _explained(measured, allowed=allowed, cuts=cuts, ask=ask):
        words = f"{same}They are those of the reference with {explained}."
    else:
        words = (
            f"{same}No shorter window and no other end of the document explains them: the end of the template is cut off, the "
            "query is cut, or more is read than the reference reads."
        )
    return Verdict(check="truncation", state="fail", words=words, evidence=worst)


def _explained(measured: Measured, *, allowed: float, cuts: tuple[Cut, ...], ask: Ask) -> str:
    long = measured.long
    own = max(
        sum(pair)
        for pair in zip((answer.used[0] for answer in long.reference if answer.used), (c.frame for c in cuts), strict=True)
    )
    for window in windows(long.pairs, cuts, own=own):
        changed = [place for place, pair in enumerate(window.pairs) if pair != long.pairs[place]]
        if not changed:
            continue
        answers = list(long.reference)
        for place, answer in zip(changed, ask(tuple(window.pairs[place] for place in changed)), strict=True):
            answers[place] = answer
        tried = replace(long, reference=tuple(answers))
        if all(each.refusal or each.off <= allowed for each in tried.evidence(measured.scale)):
            return window.name
    return ""


def _totals(measured: Measured) -> list[int]:
    return [answer.total[0] for answer in measured.long.reference if answer.total]


def _tokens(measured: Measured, off: list[Evidence], cuts: tuple[Cut, ...]) -> int:
    """Of the shortest pair that is off."""
    names = {each.pair for each in off}
    return min(
        total + cut.frame
        for pair, total, cut in zip(measured.long.pairs, _totals(measured), cuts, strict=True)
        if pair in names
    )


def _own_window(measured: Measured, cuts: tuple[Cut, ...]) -> str:
    answers = measured.long.reference
    cut = [answer.used[0] + each.frame for answer, each in zip(answers, cuts, strict=True) if answer.used[0] < answer.total[0]]
    return f"which reads {max(cut):,} tokens of a pair" if cut else "which cuts none of them"
