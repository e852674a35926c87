"""The checks of lists: whether a document has the score that it has alone. `tolerance` is how far a score may be from another
one, in the reference's scale."""

from __future__ import annotations

import numpy as np

from reranklab.evaluate.conformance.asking import Answer
from reranklab.evaluate.conformance.measured import Measured, back
from reranklab.evaluate.conformance.texts import Pair
from reranklab.evaluate.conformance.verdict import Evidence, Verdict, furthest

_TIED = 1e-5
"""Relative to the score, and absolute."""
_MOVED = 0.1
"""Of the reference's spread: what a score at a wrong document is off."""


def check_places(measured: Measured, *, tolerance: float) -> Verdict:
    """Whether each score of a list belongs to the document at its index."""
    lists = measured.lists
    if lists.whole.refusal:
        return Verdict(check="indices", state="fail", words=f"A list was refused. {lists.whole.refusal}")
    evidence = _against_alone(measured, lists.whole, what="in a list")
    pairs = [(each.reference, each.back) for each in evidence if each.reference is not None and each.back is not None]
    if len(pairs) < len(lists.documents):
        words = "Not judged. A document was refused alone, or scores are too near to an end of their scale."
        return Verdict(check="indices", state="open", words=words)
    alone, whole = np.array(pairs, dtype=np.float64).T
    off = np.abs(alone - whole)
    moved = int((off > max(tolerance, _MOVED * measured.spread)).sum())
    if moved and np.abs(np.sort(alone) - np.sort(whole)).max() < off.max() / 10:
        place = int(np.argmax(off))
        other = int(np.argmin(np.abs(alone - whole[place])))
        words = (
            f"The scores of a list stand at wrong documents: document {place + 1} has the score that document {other + 1} has "
            f"alone, and {moved} of {len(pairs)} are so."
        )
        return Verdict(check="indices", state="fail", words=words, evidence=furthest(evidence))
    words = "The scores of a list stand at their documents."
    return Verdict(check="indices", state="pass", words=words, evidence=tuple(evidence))


def check_batches(measured: Measured, *, tolerance: float) -> Verdict:
    """Whether a document's score depends on those beside it, or on their order."""
    lists = measured.lists
    forms = {"in one list": lists.whole, "in the list turned round": lists.turned, "in half of the list": lists.halves}
    refusals = [answer.refusal for answer in forms.values() if answer.refusal]
    if refusals:
        return Verdict(check="batch", state="fail", words=f"A list was refused. {refusals[0]}")
    if any(answer.refusal for answer in lists.alone):
        return Verdict(check="batch", state="open", words="Not judged. A document of the list was refused alone.")
    found = {what: furthest(_against_alone(measured, answer, what=what)) for what, answer in forms.items()}
    what, evidence = max(found.items(), key=lambda each: each[1][0].off)
    off = evidence[0].off
    if off <= tolerance:
        words = f"No score moves by more than {off:.2g} in a list, in another order, or in half of the list."
        return Verdict(check="batch", state="pass", words=words, evidence=evidence)
    moved = _moved([answer.scores[0] for answer in lists.alone], forms[what].scores)
    words = (
        f"Scores move by up to {off:.2g} {what}, {tolerance:g} is allowed, and {moved} of {len(lists.documents)} documents "
        "change their rank: they depend on the texts beside them. Lower precision or another padding in batches does that."
    )
    return Verdict(check="batch", state="fail", words=words, evidence=evidence)


def check_ties(measured: Measured, *, tolerance: float, same_texts: bool) -> Verdict:
    """Equal texts must be equal, and, where both read the `same_texts`, unequal ones must not become so."""
    lists = measured.lists
    if lists.whole.refusal:
        return Verdict(check="ties", state="open", words="Not judged. A list was refused.")
    evidence = _against_reference(measured)
    twice = tuple(evidence[place] for place in lists.twice)
    first, second = (lists.whole.scores[place] for place in lists.twice)
    apart = abs(first - second)
    if apart > _TIED * max(1.0, abs(first)):
        words = f"The same text stands twice in a list, and its scores are {apart:.2g} apart."
        return Verdict(check="ties", state="fail", words=words, evidence=twice)
    merged = _merged(evidence, least=10 * tolerance) if same_texts else None
    if merged:
        one, other = merged
        words = (
            f"{one.what[:1].upper()}{one.what[1:]} and {other.what} have the same score, where the reference tells them "
            f"{_apart(one, other):.2g} apart: the scores are rounded, or at an end of their scale."
        )
        return Verdict(check="ties", state="fail", words=words, evidence=merged)
    words = "The same text twice in a list has the same score, and other texts have others."
    return Verdict(check="ties", state="pass", words=words, evidence=twice)


def check_empty(measured: Measured) -> Verdict:
    answer = measured.empty
    if answer.refusal:
        return Verdict(check="empty", state="note", words=f"A list with an empty document is refused. {answer.refusal}")
    first, empty, _ = answer.scores
    words = f"An empty document has the score {empty:.4g}, beside {first:.4g} for one that answers the query."
    return Verdict(check="empty", state="fail" if empty >= first else "pass", words=words)


def _against_alone(measured: Measured, answer: Answer, *, what: str) -> list[Evidence]:
    alone = [own.scores[0] if own.scores else np.nan for own in measured.lists.alone]
    return _evidence(measured, answer, back(measured.scale, alone), what=what)


def _against_reference(measured: Measured) -> list[Evidence]:
    own = [answer.scores[0] if answer.scores else None for answer in measured.lists_reference]
    return _evidence(measured, measured.lists.whole, own, what="in a list")


def _evidence(measured: Measured, answer: Answer, reference: list[float | None], *, what: str) -> list[Evidence]:
    lists = measured.lists
    return [
        Evidence(
            what=f"document {place} {what}",
            pair=Pair(name=what, query=lists.query, document=text),
            served=score,
            back=taken,
            reference=own,
        )
        for place, (text, score, taken, own) in enumerate(
            zip(lists.documents, answer.scores, back(measured.scale, answer.scores), reference, strict=True), start=1
        )
    ]


def _moved(first: list[float], second: tuple[float, ...]) -> int:
    ranks = [np.argsort(np.argsort(-np.asarray(scores), kind="stable")) for scores in (first, second)]
    return int((ranks[0] != ranks[1]).sum())


def _merged(evidence: list[Evidence], *, least: float) -> tuple[Evidence, Evidence] | None:
    """Two documents with one score that the reference tells apart by more than `least`, the furthest such pair."""
    pairs = [
        (one, other)
        for place, one in enumerate(evidence)
        for other in evidence[place + 1 :]
        if one.served == other.served and _apart(one, other) > least
    ]
    return max(pairs, key=lambda pair: _apart(*pair), default=None)


def _apart(one: Evidence, other: Evidence) -> float:
    return abs(one.reference - other.reference) if one.reference is not None and other.reference is not None else 0.0
