"""The checks of single pairs: each reads what was measured and gives a verdict with its evidence. `tolerance` and `allowed` are
how far a score may be from the reference's, in its scale."""

from __future__ import annotations

import numpy as np

from reranklab.evaluate.conformance.measured import Measured
from reranklab.evaluate.conformance.scales import SAME
from reranklab.evaluate.conformance.verdict import Evidence, Verdict, furthest

OTHER_TEXT = 0.15
"""Of the reference's spread: what no rounding of a number format explains, so that another text must have been read."""
_HALF = 0.01
"""Of the reference's spread: what 16-bit numbers explain."""


def check_scale(measured: Measured) -> Verdict:
    scale = measured.scale
    evidence = measured.plain.evidence(scale)
    if scale is SAME:
        return Verdict(check="scale", state="pass", words="The scores are on the reference's scale.", evidence=tuple(evidence))
    return Verdict(
        check="scale",
        state="fail",
        words=f"The scores are {scale.name}, where the reference's own were expected: the order is the same, and a threshold "
        "means something else. The other checks take them back.",
        evidence=tuple(evidence),
    )


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
