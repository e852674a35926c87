"""On our own sample collections: leave-one-out finds the sentence that holds the answer, and explanations that follow the
score tell more than chance."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.evaluate.confidence import bootstrap_mean
from reranklab.explain.attribution import Attribution
from reranklab.explain.faithfulness import deletion_curve
from reranklab.explain.gradients import integrated_gradients
from reranklab.explain.leave_one_out import leave_one_out
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query

pytestmark = [pytest.mark.measurement, pytest.mark.timeout(3600), pytest.mark.usefixtures("weights")]

SPEC = parse_ranker_id("cross-encoder")
SHORT = 12
"""Documents whose words are deleted: the shortest, to keep the test short."""


@dataclass(frozen=True)
class Answer:
    query: Query
    document: Document
    sentence: str
    depth: str


@cache
def answers(depth: str) -> tuple[Answer, ...]:
    data = tomllib.loads(Path(__file__).with_name("planted.toml").read_text(encoding="utf-8"))
    found = []
    for entry in data["answer"]:
        collection = load_sample(entry["collection"])
        if entry["depth"] == depth:
            found.append(
                Answer(
                    query=collection.queries[entry["query"]],
                    document=collection.documents[entry["document"]],
                    sentence=entry["sentence"],
                    depth=depth,
                )
            )
    return tuple(found)


def parts_by_effect(answer: Answer) -> list[str]:
    found = leave_one_out(build_ranker(SPEC), answer.query, [answer.document], answer.document.id, unit="sentence")
    falling = sorted(zip(found.values, found.units, strict=True), key=lambda pair: -pair[0])
    return [unit.label for _, unit in falling]


def test_leaving_sentences_out_finds_the_answer(record_testsuite_property: Callable[[str, object], None]):
    """A title often counts for more than any sentence, since it alone names what the text is about: it is left aside here."""
    within = answers("within")
    parts = {answer: parts_by_effect(answer) for answer in within}
    first = [answer for answer in within if parts[answer][0] == answer.sentence]
    best = [a for a in within if next(part for part in parts[a] if part != a.document.title) == a.sentence]
    record_testsuite_property("answer is the strongest part", f"{len(first)} of {len(within)}")
    record_testsuite_property("answer is the strongest sentence", f"{len(best)} of {len(within)}")
    assert len(best) > 0.6 * len(within), len(best)


def by_parts(answer: Answer) -> Attribution:
    return leave_one_out(build_ranker(SPEC), answer.query, [answer.document], answer.document.id, unit="term")


def by_gradients(answer: Answer) -> Attribution:
    return integrated_gradients(build_ranker(SPEC), answer.query, answer.document)


def deletion_scores(explain: Callable[[Answer], Attribution], chosen: tuple[Answer, ...]) -> list[float]:
    ranker = build_ranker(SPEC)
    return [deletion_curve(ranker, answer.query, [answer.document], explain(answer)).deletion_score for answer in chosen]


@pytest.mark.parametrize("explain", [by_parts, by_gradients])
def test_deleting_what_counted_lowers_the_score_sooner_than_chance(
    explain: Callable[[Answer], Attribution], record_testsuite_property: Callable[[str, object], None]
):
    short = tuple(sorted(answers("within"), key=lambda answer: len(answer.document.content))[:SHORT])
    scores = deletion_scores(explain, short)
    interval = bootstrap_mean(scores)
    record_testsuite_property(
        f"deletion score {explain.__name__}", f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
    )
    assert interval.low > 0, scores
