"""A served reranker against the same model here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from reranklab.errors import InputError
from reranklab.evaluate.conformance.asking import Answer, Asking
from reranklab.evaluate.conformance.cutting import check_cut
from reranklab.evaluate.conformance.list_checks import check_batches, check_empty, check_places, check_ties
from reranklab.evaluate.conformance.measured import Compared, Lists, Measured
from reranklab.evaluate.conformance.pair_checks import (
    OTHER_TEXT,
    check_precision,
    check_scale,
    check_scripts,
    check_special,
    check_template,
)
from reranklab.evaluate.conformance.templates import FRAMES
from reranklab.evaluate.conformance.texts import (
    Pair,
    batch_group,
    long_pairs,
    plain_groups,
    plain_pairs,
    script_pairs,
    special_pairs,
)
from reranklab.evaluate.conformance.verdict import Verdict
from reranklab.evaluate.conformance.windows import Cut
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.explainable import Tokenizes
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query, ScoreScale

TOLERANCE = 1e-3
"""How far scores in 32-bit numbers may be from each other, in the reference's scale."""
_LISTS = 4
_CLEARLY = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """`served` and `reference` are ranker ids. `calls` is how many calls the served ranker answered or refused."""

    served: str
    reference: str
    tolerance: float
    calls: int
    verdicts: tuple[Verdict, ...]

    @property
    def conforms(self) -> bool:
        return not any(verdict.state == "fail" for verdict in self.verdicts)

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the checks that failed."""
        return tuple(verdict.check for verdict in self.verdicts if verdict.state == "fail")


def planned_calls() -> int:
    """How many times the served ranker is asked."""
    alone = [*plain_pairs(), *long_pairs(), *script_pairs(), *special_pairs()]
    return len(alone) + len(batch_group().documents) + _LISTS + 1


def check_conformance(
    served: Ranker,
    reference: Ranker,
    *,
    tolerance: float = TOLERANCE,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Conformance:
    """What differs between the scores of `served` and those of `reference`, the same model on this machine.

    The reference must score each document by itself and tell its tokens. A call that the served ranker refuses is evidence, but
    the first: then it is not there. Raises InputError, EndpointError, ModelError and Cancelled.
    """
    _check_reference(reference)
    if not 0 < tolerance < 1:
        raise InputError(f"A tolerance of {tolerance:g} does not work. Give a number between 0 and 1.")
    reference.load(cancel=cancel, progress=progress)
    said, own_scale = (_scale(ranker, cancel) for ranker in (served, reference))
    asking = Asking(served, by=served.id, calls=planned_calls(), cancel=cancel, progress=progress)
    own = Asking(reference, by=reference.id, calls=planned_calls(), cancel=cancel, progress=progress)
    measured = _measure(asking, own, said=said, scale=own_scale)
    frame = _frame(measured, own)
    cuts = _cuts(measured, cast(Tokenizes, reference), cancel)
    template = check_template(measured, frame=frame)
    verdicts = [check_scale(measured), template]
    if template.state == "fail":
        verdicts += [
            _open(check, "Plain pairs are read otherwise already.")
            for check in ("precision", "truncation", "scripts", "special")
        ]
    else:
        precision = check_precision(measured, tolerance=tolerance)
        allowed = tolerance if precision.state == "pass" else OTHER_TEXT * measured.spread
        verdicts += [
            precision,
            check_cut(measured, allowed=allowed, cuts=cuts, ask=own.alone),
            check_scripts(measured, allowed=allowed),
            check_special(measured, allowed=allowed),
        ]
    places = check_places(measured, tolerance=tolerance)
    verdicts.append(places)
    if places.state == "fail":
        verdicts += [_open(check, "The scores of a list do not stand at their documents.") for check in ("batch", "ties")]
    else:
        verdicts += [
            check_batches(measured, tolerance=tolerance),
            check_ties(measured, tolerance=tolerance, same_texts=template.state != "fail"),
        ]
    if "fail" in (template.state, places.state):
        verdicts.append(_open("empty", "Other faults decide where an empty document comes."))
    else:
        verdicts.append(check_empty(measured))
    return Conformance(
        served=served.id, reference=reference.id, tolerance=tolerance, calls=planned_calls() + 1, verdicts=tuple(verdicts)
    )


def _open(check: str, why: str) -> Verdict:
    return Verdict(check=check, state="open", words=f"Not judged. {why}")


def _check_reference(reference: Ranker) -> None:
    for capability in (Capability.POINTWISE, Capability.TOKENIZER):
        if capability not in reference.capabilities:
            raise InputError(
                f"{reference.id} cannot be the reference: it does not score each document by itself, or does not tell its "
                "tokens. Take a cross-encoder."
            )


def _scale(ranker: Ranker, cancel: CancelSignal | None) -> ScoreScale:
    """What its scores are said to be. A ranker that is not there is an error here, and no finding."""
    check_cancel(cancel)
    pair = plain_pairs()[0]
    scale = ranker.rank(Query(text=pair.query), [Document(id="d1", text=pair.document)], cancel=cancel).scale
    if scale.within_list:
        raise InputError(f"{ranker.id} gives an order and no scores that can be compared. Name a pointwise reranker.")
    return scale


def _measure(served: Asking, own: Asking, *, said: ScoreScale, scale: ScoreScale) -> Measured:
    def compared(pairs: tuple[Pair, ...]) -> Compared:
        return Compared(pairs=pairs, served=tuple(served.alone(pairs)), reference=tuple(own.alone(pairs)))

    plain = compared(plain_pairs())
    group = batch_group()
    listed = tuple(Pair(name="in a list", query=group.query, document=text) for text in group.documents)
    middle = len(listed) // 2
    halves = [served.together(group.query, part) for part in (group.documents[:middle], group.documents[middle:])]
    turned = served.together(group.query, group.documents[::-1])
    lists = Lists(
        query=group.query,
        documents=group.documents,
        alone=tuple(served.alone(listed)),
        whole=served.together(group.query, group.documents),
        turned=Answer(scores=turned.scores[::-1], refusal=turned.refusal),
        halves=_joined(halves),
        twice=(1, len(listed) - 1),
    )
    best = plain_groups()[0]
    around = (best.documents[0], "", best.documents[2])
    return Measured(
        said=said,
        own=scale,
        plain=plain,
        long=compared(long_pairs()),
        script=compared(script_pairs()),
        special=compared(special_pairs()),
        lists=lists,
        lists_reference=tuple(own.alone(listed)),
        empty=served.together(best.query, around),
    )


def _joined(parts: Sequence[Answer]) -> Answer:
    refusals = [part.refusal for part in parts if part.refusal]
    if refusals:
        return Answer(refusal=refusals[0])
    return Answer(scores=tuple(score for part in parts for score in part.scores))


def _frame(measured: Measured, own: Asking) -> str:
    """What explains the scores of plain pairs, "" where they need no explanation or nothing explains them."""
    scale, plain = measured.scale, measured.plain
    worst = max((each.off for each in plain.evidence(scale)), default=0.0)
    if worst <= OTHER_TEXT * measured.spread / 10:
        return ""
    best, name = worst, ""
    for frame in FRAMES:
        framed = tuple(map(frame.of, plain.pairs))
        tried = replace(plain, reference=tuple(own.alone(framed)))
        off = max((each.off for each in tried.evidence(tried.scale)), default=0.0)
        if off < _CLEARLY * best:
            best, name = off, frame.name
    return name


def _cuts(measured: Measured, reference: Tokenizes, cancel: CancelSignal | None) -> tuple[Cut, ...]:
    """Where the tokens of the long pairs end. Beside its document a pair holds the query and three tokens around the texts."""
    long = measured.long
    query = reference.read_text(long.pairs[0].query, cancel=cancel)
    frame = len(query.ends) + 3
    return tuple(Cut(ends=reference.read_text(pair.document, cancel=cancel).ends, frame=frame) for pair in long.pairs)
