"""The sample collection, and agreement with it: kappa and recall by hand and by scikit-learn."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.estimate import Estimate
from reranklab.watch.support.agreement import NOT_MEASURED, Agreement, agreement, agreement_estimate, cohens_kappa, label_of
from reranklab.watch.support.judge import Spent
from reranklab.watch.support.measured import (
    agreement_words,
    from_record,
    keep_agreement,
    known_agreement,
    shipped_agreements,
    to_record,
)
from reranklab.watch.support.sample import Part, answer_sample, part_of_sample
from reranklab.watch.support.verdict import Judgement, Verdict

S, C, A, U = Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.ABSENT, Verdict.UNTOLD
PAIRS = [(S, S)] * 5 + [(S, A)] * 1 + [(C, C)] * 2 + [(C, S)] * 2 + [(A, A)] * 3 + [(A, C)] * 1 + [(A, U)] * 1


def test_kappa_by_hand() -> None:
    # 10 of 15 agree; chance: (6 * 7 + 4 * 3 + 5 * 4) / 225
    assert cohens_kappa(PAIRS) == pytest.approx((10 / 15 - 74 / 225) / (1 - 74 / 225))


def test_kappa_is_that_of_another_library() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, said = zip(*PAIRS, strict=True)
    assert cohens_kappa(PAIRS) == pytest.approx(metrics.cohen_kappa_score(gold, said))


def test_a_label_counts_what_was_missed_and_what_was_untold() -> None:
    label = label_of([PAIRS[:8], PAIRS[8:]])
    assert (label.sentences, label.sets, label.contradicted, label.untold) == (15, 2, 4, 1)
    assert label.recall is not None
    assert label.precision is not None
    assert (label.accuracy.value, label.recall.value, label.precision.value) == (10 / 15, 0.5, pytest.approx(2 / 3))
    assert label.accuracy.low <= label.accuracy.value <= label.accuracy.high
    assert label.confusion[C, S] == 2


def test_intervals_are_over_sets_and_not_over_sentences() -> None:
    right, wrong = [(S, S)] * 20, [(S, A)] * 20
    label = label_of([right, wrong])
    assert (label.accuracy.low, label.accuracy.high) == (0.0, 1.0)
    assert label_of([right, right]).recall is None
    with pytest.raises(InputError):
        label_of([[]])


class Always:
    """Says one thing of everything."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.id = f"always:{verdict}"
        self.spent = Spent()

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]:
        return tuple(Judgement(verdict=self.verdict) for _ in chunks)

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate | None:
        return Estimate(calls=len(pairs), tokens=sum(len(chunks) for _, chunks in pairs))


def test_a_judge_that_says_one_thing_has_no_kappa() -> None:
    found = agreement(Always(S))
    gold = [sentence.whole for each in part_of_sample(Part.REPORTED) for sentence in each.sentences]
    assert found.whole.accuracy.value == pytest.approx(gold.count(S) / len(gold))
    assert (found.whole.kappa.value, found.whole.recall and found.whole.recall.value) == (0.0, 0.0)
    assert "does not mean that nothing is" in found.words
    assert sum(label.sentences for label in found.groups.values()) == len(gold)
    estimate = agreement_estimate(Always(S))
    assert estimate is not None
    assert estimate.calls == len(gold)


def test_cancelling_an_agreement() -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        agreement(Always(S), cancel=Set())


def test_the_sample_is_what_its_documentation_says() -> None:
    sets = answer_sample()
    sentences = [sentence for each in sets for sentence in each.sentences]
    assert (len(sets), len(sentences)) == (25, 100)
    assert len({each.id for each in sets}) == 25
    assert Counter(each.language for each in sets) == {"en": 15, "de": 2, "es": 2, "zh": 2, "hi": 2, "ar": 2}
    assert Counter(sentence.whole for sentence in sentences) == {S: 39, C: 40, A: 21}
    for sentence in sentences:
        if sentence.top is not A:
            assert sentence.whole is sentence.top
    text = (Path(__file__).parents[3] / "docs" / "samples.md").read_text(encoding="utf-8")
    assert "39 supported, 40 contradicted, 21 absent" in text


def test_the_parts_share_no_set_and_are_the_same_each_time() -> None:
    first, second = part_of_sample(Part.CALIBRATION), part_of_sample(Part.REPORTED)
    assert (len(first), len(second)) == (13, 12)
    assert not {each.id for each in first} & {each.id for each in second}
    assert {each.language for each in first} == {each.language for each in second}
    assert part_of_sample(Part.REPORTED) == second


def test_a_record_gives_the_agreement_back_and_damage_is_named() -> None:
    found = agreement(Always(A))
    record = json.loads(json.dumps(to_record(found)))
    again = from_record(record, "x")
    assert (again.judge, again.part, again.whole.confusion) == (found.judge, found.part, found.whole.confusion)
    assert again.whole.accuracy.value == pytest.approx(found.whole.accuracy.value, abs=1e-4)
    for key, value in (("judge", 3), ("part", "all"), ("whole", None)):
        with pytest.raises(InputError, match=key):
            from_record({**record, key: value}, "x")


def test_an_own_measurement_is_kept_and_a_damaged_line_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))
    assert (known_agreement("always:absent"), agreement_words("always:absent")) == (None, NOT_MEASURED)
    keep_agreement(agreement(Always(A)))
    with (tmp_path / "judges.jsonl").open("a") as file:
        file.write("{broken\n")
    found = known_agreement("always:absent")
    assert found is not None
    assert agreement_words("always:absent") == found.words


@pytest.mark.slow
def test_the_shipped_agreement_is_measured_here_too(weights: object) -> None:
    from reranklab.watch.support.score_judge import ScoreJudge

    judge = ScoreJudge(build_ranker("cross-encoder"))
    shipped: Agreement = shipped_agreements()[judge.id]
    found = agreement(judge)
    assert found.part is shipped.part is Part.REPORTED
    assert found.whole.confusion == shipped.whole.confusion
    assert found.whole.kappa.value == pytest.approx(shipped.whole.kappa.value, abs=1e-4)
