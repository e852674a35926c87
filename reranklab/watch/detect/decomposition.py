"""A change of time, divided into what more candidates, longer documents and the machine make of it.

What candidates and lengths make is what the law says of the sizes before and after, the mean over both orders in which the two
can change. The machine is what remains. Intervals hold the uncertainty of each step and of the law.
"""

from __future__ import annotations

import numpy as np

from reranklab.watch.detect.changepoint import Step
from reranklab.watch.detect.expected import Expected
from reranklab.watch.log.columns import Numbers
from reranklab.watch.report import Decomposition, Part, Verdict

_DRAWS = 400
_MATTERS = 0.05
"""A part within 5 % of 1 is not named; nor is what the law may miss by as much where sizes changed."""


def decompose(expected: Expected, before_ms: float, *, candidates: Step, length: Step, machine: Step) -> Decomposition:
    """The steps are of logarithms: of the number of candidates, of the length in the law's units, and of the time over the
    law's. `before_ms` is the median before."""
    generator = np.random.default_rng(0)
    drawn = {
        name: step.size + step.error * np.concatenate([[0.0], generator.standard_normal(_DRAWS)])
        for name, step in (("candidates", candidates), ("length", length), ("machine", machine))
    }
    rows = np.vstack(
        [[expected.law.coefficients], expected.law.draws[generator.integers(len(expected.law.draws), size=_DRAWS)]]
    )
    numbers = np.exp(candidates.before) * np.exp(np.stack([np.zeros(_DRAWS + 1), drawn["candidates"]]))
    lengths = np.exp(length.before) * np.exp(np.stack([np.zeros(_DRAWS + 1), drawn["length"]]))
    by_number, by_length = _sized(rows, numbers, lengths)
    fitted = sum(_sized(np.repeat(rows[:1], _DRAWS + 1, axis=0), numbers, lengths))
    # The machine's step was taken over the fitted law: the time itself does not depend on which law is drawn.
    total = drawn["machine"] + fitted
    rest = total - by_number - by_length
    parts = [_part(by_number), _part(by_length), _part(rest)]
    if not expected.knows_candidates:
        parts[0], parts[2] = _unsure(parts[0], parts[2], candidates.size)
    if not expected.knows_length:
        parts[1], parts[2] = _unsure(parts[1], parts[2], 2 * length.size)
    whole = _part(total)
    verdict = _verdict(parts, whole)
    return Decomposition(
        before_ms=before_ms,
        after_ms=before_ms * whole.factor,
        total=whole,
        candidates=parts[0],
        length=parts[1],
        machine=parts[2],
        verdict=verdict,
        sentence=_sentence(before_ms, whole, parts, verdict),
    )


def _sized(rows: Numbers, numbers: Numbers, lengths: Numbers) -> tuple[Numbers, Numbers]:
    """The logarithms of what candidates and lengths make; `numbers` and `lengths` have a row before and one after."""
    a, b, c, d = rows.T
    times = np.log([[np.maximum(a + number * (b + c * long + d * long**2), 1e-9) for long in lengths] for number in numbers])
    by_number = (times[1, 0] - times[0, 0] + times[1, 1] - times[0, 1]) / 2
    by_length = (times[0, 1] - times[0, 0] + times[1, 1] - times[1, 0]) / 2
    return by_number, by_length


def _part(logs: Numbers) -> Part:
    low, high = np.quantile(logs[1:], [0.025, 0.975])
    value = float(logs[0])
    return Part(factor=float(np.exp(value)), low=float(np.exp(min(low, value))), high=float(np.exp(max(high, value))))


def _unsure(part: Part, machine: Part, most: float) -> tuple[Part, Part]:
    """A size that hardly varied before: it may cost nothing, or all that it grew by, and the machine the rest."""
    ends = sorted((0.0, most))
    low, high = min(part.low, float(np.exp(ends[0]))), max(part.high, float(np.exp(ends[1])))
    return (
        Part(factor=part.factor, low=low, high=high),
        Part(
            factor=machine.factor,
            low=min(machine.low, machine.low * part.factor / high),
            high=max(machine.high, machine.high * part.factor / low),
        ),
    )


def _verdict(parts: list[Part], whole: Part) -> Verdict:
    number, long, machine = parts
    if machine_is_sure(number, long, machine, whole):
        return "machine"
    sized: dict[Verdict, Part] = {"candidates": number, "length": long}
    name = max(sized, key=lambda each: abs(np.log(sized[each].factor)))
    return name if _is_apart(sized[name]) else "none"


def machine_is_sure(number: Part, long: Part, machine: Part, whole: Part) -> bool:
    """Whether the machine is another for sure: by more than 5 %, and not where the time moved less than the sizes say, which
    a window that cuts documents, or a fixed cost, makes it do as well."""
    if not _is_apart(machine):
        return False
    sized, rest = np.log(number.factor * long.factor), np.log(machine.factor)
    if abs(sized) > _MATTERS and sized * rest < 0:
        return bool(np.log(whole.high if rest < 0 else whole.low) * rest > 0 and abs(np.log(whole.factor)) > _MATTERS)
    return True


def _is_apart(part: Part) -> bool:
    return part.low > 1 + _MATTERS or part.high < 1 - _MATTERS


def _sentence(before_ms: float, whole: Part, parts: list[Part], verdict: Verdict) -> str:
    names = (
        ("candidates", "more candidates", "fewer candidates"),
        ("lengths", "longer documents", "shorter documents"),
        ("the machine",) * 3,
    )
    told = ", ".join(
        f"{same if round(part.factor, 2) == 1 else many if part.factor > 1 else few} {part.words}"
        for (same, many, few), part in zip(names, parts, strict=True)
    )
    reason = {
        "machine": f"The machine is {'slower' if parts[2].factor > 1 else 'faster'}: sizes do not explain it.",
        "candidates": f"{'More' if parts[0].factor > 1 else 'Fewer'} candidates explain it.",
        "length": f"{'Longer' if parts[1].factor > 1 else 'Shorter'} documents explain it.",
        "none": "No part is sure to differ from 1 by more than 5 %.",
    }[verdict]
    return f"The median goes from {before_ms:,.1f} to {before_ms * whole.factor:,.1f} ms, times {whole.words}: {told}. {reason}"
