"""What several chunks say together: properties that hold for any judge."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers.estimate import Estimate
from reranklab.watch.support.judge import Spent, answer_sentences, judge_answer
from reranklab.watch.support.verdict import Judgement, Verdict, over_chunks

SUPPORTED, CONTRADICTED, ABSENT, UNTOLD = Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.ABSENT, Verdict.UNTOLD

judgements = st.lists(
    st.builds(Judgement, verdict=st.sampled_from(Verdict), confidence=st.sampled_from([None, 0.2, 0.5, 0.9])), max_size=6
)


def said(*verdicts: Verdict) -> list[Judgement]:
    return [Judgement(verdict=verdict, confidence=0.5) for verdict in verdicts]


def test_the_strongest_verdict_holds_and_names_its_chunk() -> None:
    assert (over_chunks(said(ABSENT, CONTRADICTED, SUPPORTED)).verdict, over_chunks(said(ABSENT, SUPPORTED)).chunk) == (
        SUPPORTED,
        1,
    )
    assert over_chunks(said(ABSENT, CONTRADICTED)) == Judgement(verdict=CONTRADICTED, confidence=0.5, chunk=1)
    assert over_chunks(said(ABSENT, UNTOLD)).verdict is UNTOLD
    assert over_chunks([]) == Judgement(verdict=ABSENT, confidence=1.0, reason="There is no chunk.")


def test_the_most_confident_chunk_decides_and_the_least_sure_one_that_a_sentence_is_absent() -> None:
    sure, unsure = Judgement(verdict=SUPPORTED, confidence=0.9), Judgement(verdict=SUPPORTED, confidence=0.6)
    assert over_chunks([unsure, sure]).chunk == 1
    assert over_chunks([sure, sure]).chunk == 0
    absent = [Judgement(verdict=ABSENT, confidence=0.9), Judgement(verdict=ABSENT, confidence=0.6)]
    assert over_chunks(absent) == Judgement(verdict=ABSENT, confidence=0.6)


@given(judgements, st.randoms())
def test_the_order_of_the_chunks_does_not_matter(found: list[Judgement], chance: random.Random) -> None:
    other = list(found)
    chance.shuffle(other)
    first, second = over_chunks(found), over_chunks(other)
    assert (first.verdict, first.confidence) == (second.verdict, second.confidence)


@given(judgements, st.sampled_from(Verdict))
def test_a_further_chunk_takes_no_support_away(found: list[Judgement], more: Verdict) -> None:
    before, after = over_chunks(found), over_chunks([*found, *said(more)])
    if before.verdict is SUPPORTED:
        assert after.verdict is SUPPORTED
    if before.verdict is CONTRADICTED:
        assert after.verdict in (SUPPORTED, CONTRADICTED)


class Holds:
    """Supports what a chunk holds word for word, contradicts what it holds behind "not"."""

    id = "holds"
    spent = Spent()

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]:
        core = sentence.strip(".")
        return tuple(
            Judgement(verdict=CONTRADICTED if f"not {core}" in chunk else SUPPORTED if core in chunk else ABSENT)
            for chunk in chunks
        )

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate | None:
        return None


def test_an_answer_is_judged_sentence_by_sentence_against_the_first_chunk_and_all() -> None:
    steps: list[Step] = []
    judged = judge_answer(Holds(), "Red. Green. Blue.", ["It is not Green. Red", "Blue or Green"], progress=steps.append)
    assert [each.text for each in judged.sentences] == ["Red.", "Green.", "Blue."]
    assert [each.top.verdict for each in judged.sentences] == [SUPPORTED, CONTRADICTED, ABSENT]
    assert [each.whole.verdict for each in judged.sentences] == [SUPPORTED, SUPPORTED, SUPPORTED]
    assert [each.whole.chunk for each in judged.sentences] == [0, 1, 1]
    assert (judged.share(SUPPORTED, top=True), judged.share(SUPPORTED), judged.share(ABSENT)) == (1 / 3, 1, 0)
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (0, 3, 3)


def test_what_counts_as_a_sentence() -> None:
    text = "1. Open it.\n2. Close it.\n---\n"
    assert [span.of(text) for span in answer_sentences(text)] == ["Open it.", "Close it."]
    assert [span.of("42") for span in answer_sentences("42")] == ["42"]
    assert answer_sentences("...") == ()


def test_an_answer_without_a_chunk_is_an_error() -> None:
    with pytest.raises(InputError, match="Log the texts of the chunks"):
        judge_answer(Holds(), "Red.", ["", " "])
