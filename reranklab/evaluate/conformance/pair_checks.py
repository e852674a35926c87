"""The checks of single pairs: each reads what was measured and gives a verdict with its evidence. `tolerance` and `allowed` are
how far a score may be from the reference's, in its scale."""

from __future__ import annotations

import numpy as np

from reranklab.evaluate.conformance.measured import Measured
from reranklab.evaluate.conformance.scales import PROBABILITY, SAME
from reranklab.evaluate.conformance.verdict import Evidence, State, Verdict, furthest

OTHER_TEXT = 0.15
"""Of the reference's spread: what no rounding of a number format explains, so that another text must have been read."""
_HALF = 0.01
"""Of the reference's spread: what 16-bit numbers explain."""


def check_scale(measured: Measured) -> Verdict:
    """Whether the scores are on the scale that the served ranker says, as far as its name is known."""
    scale, said, own = measured.scale, measured.said.name, measured.own.name
    evidence = tuple(measured.plain.evidence(scale))
    if scale is SAME:
        words = "The scores are on the reference's scale."
        if said == own:
            return Verdict(check="scale", state="pass", words=words, evidence=evidence)
        words = f"{words} That is {own}, and they were said to be {said}."
        return Verdict(check="scale", state="fail" if said == PROBABILITY else "note", words=words, evidence=evidence)
    words = f"The scores are {scale.name}"
    if said == own:
        words = (
            f"{words}, and they were said to be {said}, as the reference's are. The order is the same, and a threshold means "
            "something else. The other checks take them back."
        )
        return Verdict(check="scale", state="fail", words=words, evidence=evidence)
    agrees = said == PROBABILITY and scale.bounded
    state: State = "pass" if agrees else "note"
    return Verdict(check="scale", state=state, words=f"{words}, said to be {said}.", evidence=evidence)


def check_template(measured: Measured, *, frame: str) -> Verdict:
    """`frame` is what explains the scores, "" where nothing does or nothing needs to."""
    evidence = furthest(measured.plain.evidence(measured.scale))
    off = _median_off(evidence)
    if frame:
        words = f"The scores are those of the reference where the pair is read {frame}."
        return Verdict(check="template", state="fail", words=words, evidence=evidence)
    if off > OTHER_TEXT * measured.spread:
        words = (
            f"On short plain pairs the scores are {off:.3g} from the reference's in the median. No number format explains "
            "that, and no known frame: another template, another model, or other weights."
        )
        return Verdict(check="template", state="fail", words=words, evidence=evidence)
    words = "Short plain pairs are read as the reference reads them."
    return Verdict(check="template", state="pass", words=words, evidence=evidence)


def check_precision(measured: Measured, *, tolerance: float) -> Verdict:
    evidence = furthest(measured.plain.evidence(measured.scale))
    off = _largest_off(evidence)
    if off <= tolerance:
        words = f"Alone, no score of a plain pair is further than {off:.2g} from the reference's."
        return Verdict(check="precision", state="pass", words=words, evidence=evidence)
    kind = "16-bit numbers" if off <= _HALF * measured.spread else "8-bit weights or products, or other weights"
    words = f"Alone, scores of plain pairs are up to {off:.2g} from the reference's, {tolerance:g} is allowed: likely {kind}."
    return Verdict(check="precision", state="fail", words=words, evidence=evidence)


def check_scripts(measured: Measured, *, allowed: float) -> Verdict:
    evidence = furthest(measured.script.evidence(measured.scale))
    off = [each for each in evidence if each.off > allowed]
    if off:
        names = ", ".join(each.what for each in off)
        words = f"Other scores than the reference's in {names}: another tokenizer or normalisation of the text."
        return Verdict(check="scripts", state="fail", words=words, evidence=evidence)
    words = f"{len(evidence)} pairs in other scripts and with accents have the reference's scores."
    return Verdict(check="scripts", state="pass", words=words, evidence=evidence)


def check_special(measured: Measured, *, allowed: float) -> Verdict:
    """The reference takes the model's own control tokens out of a text. A server that does not is told, and is common."""
    evidence = furthest(measured.special.evidence(measured.scale))
    off = [each for each in evidence if each.off > allowed]
    if off:
        words = (
            "Control tokens in a text reach the model as control tokens, so that a document can change its own score; the "
            "reference reads them as text."
        )
        return Verdict(check="special", state="note", words=words, evidence=evidence)
    words = "Control tokens in a text are read as text, as by the reference."
    return Verdict(check="special", state="pass", words=words, evidence=evidence)


def _median_off(evidence: tuple[Evidence, ...]) -> float:
    return float(np.median([each.off for each in evidence])) if evidence else 0.0


def _largest_off(evidence: list[Evidence] | tuple[Evidence, ...]) -> float:
    return max((each.off for each in evidence), default=0.0)
