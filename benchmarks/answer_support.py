"""Calibrates the judge that needs no further model, and measures how well it agrees with the judged answer sentences.

Fits on the calibration part of sample_data/answers and writes reranklab/watch/support/calibration.json; measures on the
reported part and writes agreement.json beside it; prints the tables of docs/watch.md:

    python -m benchmarks.answer_support
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import reranklab.watch.support as room
from reranklab.engine.build import build_ranker
from reranklab.types import Document, Query
from reranklab.watch.support.agreement import Agreement, Label, agreement
from reranklab.watch.support.calibration import Calibration, fit_logistic
from reranklab.watch.support.evidence import Evidence
from reranklab.watch.support.measured import to_record
from reranklab.watch.support.sample import GoldSentence, Part, part_of_sample
from reranklab.watch.support.score_judge import ScoreJudge, decide
from reranklab.watch.support.verdict import Verdict, over_chunks

FOLDER = Path(room.__file__).parent
RANKER = "cross-encoder"
GRID = tuple(step / 20 for step in range(21))

Row = tuple[GoldSentence, tuple[Evidence, ...]]


def main() -> int:
    """Fit, measure, write, print."""
    ranker = build_ranker(RANKER)
    start = Calibration(
        ranker=ranker.id, weights_sha256="", latin=(0, 0, 0), other=(0, 0), negation_coverage=0, name_coverage=0
    )
    judge = ScoreJudge(ranker, calibration=start)
    rows = [
        (sentence, tuple(each for each in judge.evidence(sentence.text, group.chunks) if each is not None))
        for group in part_of_sample(Part.CALIBRATION)
        for sentence in group.sentences
    ]
    provenance = ranker.rank(Query(text="a"), [Document(id="a", text="a")]).provenance
    fitted = fit(rows, ranker=ranker.id, weights=provenance.weights_sha256)
    write("calibration.json", {**asdict(fitted)})
    judge = ScoreJudge(ranker, calibration=fitted)
    reported = agreement(judge)
    write("agreement.json", [to_record(reported)])
    for line in (*tables(agreement(judge, part=Part.CALIBRATION), reported), *kinds(judge)):
        sys.stdout.write(line + "\n")
    return 0


def fit(rows: Sequence[Row], *, ranker: str, weights: str) -> Calibration:
    """The law of score and coverage by logistic regression, then the two shares of common words by the verdicts they give."""
    points: dict[bool, tuple[list[list[float]], list[bool]]] = {True: ([], []), False: ([], [])}
    for sentence, evidence in rows:
        for gold, seen in ((sentence.whole, evidence), (sentence.top, evidence[:1])):
            scored = seen[0].score is not None
            nearest = max(seen, key=lambda each: each.score if each.score is not None else each.coverage or 0.0)
            values, targets = points[scored]
            values.append([nearest.score, nearest.coverage or 0.0] if nearest.score is not None else [nearest.coverage or 0.0])
            targets.append(gold is not Verdict.ABSENT)
    latin, other = (tuple(round(weight, 3) for weight in fit_logistic(*points[scored])) for scored in (True, False))

    def made(negation: float, name: float) -> Calibration:
        return Calibration(
            ranker=ranker,
            weights_sha256=weights,
            latin=(latin[0], latin[1], latin[2]),
            other=(other[0], other[1]),
            negation_coverage=negation,
            name_coverage=name,
        )

    grid = [(negation, name) for negation in GRID for name in GRID]
    right = {place: correct(rows, made(*place)) for place in grid}
    best = max(right.values())
    both = [place for place in grid if right[place] == best]
    middle = [sorted(place[axis] for place in both)[len(both) // 2] for axis in (0, 1)]
    return made(*middle) if right[middle[0], middle[1]] == best else made(*both[len(both) // 2])


def correct(rows: Sequence[Row], calibration: Calibration) -> int:
    """Verdicts that are the author's, against all chunks and against the first."""
    found = 0
    for sentence, evidence in rows:
        judged = [decide(each, calibration) for each in evidence]
        found += over_chunks(judged).verdict is sentence.whole
        found += over_chunks(judged[:1]).verdict is sentence.top
    return found


def write(name: str, data: object) -> None:
    (FOLDER / name).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tables(calibration: Agreement, reported: Agreement) -> Iterator[str]:
    """The rows of docs/watch.md."""
    yield "| sentences | against | sets | judged | same verdict | kappa | contradictions found | of those called so, right |"
    yield "|---|---|---|---|---|---|---|---|"
    yield row("reported", "all chunks", reported.whole)
    yield row("reported", "the first chunk", reported.top)
    for name, label in reported.groups.items():
        yield row(f"reported, {name}", "all chunks", label)
    yield row("calibration", "all chunks", calibration.whole)
    yield ""
    yield "| author's verdict | judge: supported | contradicted | absent | untold |"
    yield "|---|---|---|---|---|"
    for gold in (Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.ABSENT):
        yield f"| {gold} | " + " | ".join(str(reported.whole.confusion.get((gold, said), 0)) for said in Verdict) + " |"


def row(part: str, against: str, label: Label) -> str:
    recall = label.recall.per_cent if label.recall else "none to find"
    precision = label.precision.per_cent if label.precision else "none called so"
    return (
        f"| {part} | {against} | {label.sets} | {label.sentences} | {label.accuracy.per_cent} | {label.kappa.short} "
        f"| {recall} | {precision} |"
    )


def kinds(judge: ScoreJudge) -> Iterator[str]:
    """By what is hard in the sentence: how many verdicts on the reported part are right."""
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for group in part_of_sample(Part.REPORTED):
        for sentence in group.sentences:
            verdict = over_chunks(judge.judge(sentence.text, group.chunks)).verdict
            total[sentence.kind] += 1
            right[sentence.kind] += verdict is sentence.whole
    yield ""
    yield "| kind | sentences | right |"
    yield "|---|---|---|"
    for kind, count in total.most_common():
        yield f"| {kind} | {count} | {right[kind]} |"


if __name__ == "__main__":
    raise SystemExit(main())
