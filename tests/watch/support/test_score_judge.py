"""The judge by scores: its rules one by one, and with the embedded cross-encoder on sentences that it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from reranklab.data.spans import sentence_spans
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.models.store import StoredModel
from reranklab.watch.support.calibration import Calibration, fit_logistic, shipped_calibration
from reranklab.watch.support.evidence import Evidence, evidence_of, pieces_of
from reranklab.watch.support.languages import languages
from reranklab.watch.support.sample import answer_sample
from reranklab.watch.support.score_judge import ScoreJudge, decide
from reranklab.watch.support.verdict import Judgement, Verdict, over_chunks

HALF = Calibration(
    ranker="r", weights_sha256="", latin=(0.0, 1.0, 0.0), other=(-1.0, 2.0), negation_coverage=0.7, name_coverage=0.5
)
"""Speaks with a score above 0, or a coverage above one half."""
PLAIN = Evidence(
    piece="",
    score=2.0,
    language=languages()["en"],
    coverage=0.8,
    missing_numbers=(),
    other_numbers=(),
    missing_names=(),
    other_names=(),
    negated=False,
)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, Verdict.SUPPORTED, ""),
        ({"score": -2.0}, Verdict.ABSENT, "does not speak"),
        ({"score": -2.0, "missing_numbers": ("7",), "verbatim": True}, Verdict.SUPPORTED, "same words"),
        ({"score": None, "coverage": 0.6}, Verdict.SUPPORTED, ""),
        ({"score": None, "coverage": 0.4}, Verdict.ABSENT, "does not speak"),
        ({"missing_numbers": ("7",)}, Verdict.ABSENT, "the number 7"),
        ({"missing_numbers": ("7",), "other_numbers": (("7", "9"),)}, Verdict.CONTRADICTED, "has 9 where the sentence has 7"),
        ({"missing_names": ("Ann",)}, Verdict.ABSENT, "the name Ann"),
        ({"missing_names": ("Ann",), "other_names": ("Bea",)}, Verdict.CONTRADICTED, "has Bea where"),
        ({"missing_names": ("Ann",), "other_names": ("Bea",), "coverage": 0.4}, Verdict.ABSENT, "the name Ann"),
        ({"negated": True}, Verdict.CONTRADICTED, "negates"),
        ({"negated": True, "coverage": 0.6}, Verdict.SUPPORTED, ""),
        ({"negated": True, "score": -2.0}, Verdict.ABSENT, "does not speak"),
        ({"language": None, "negated": None}, Verdict.SUPPORTED, "not told in this language"),
    ],
)
def test_the_rules(changes: dict[str, object], verdict: Verdict, reason: str) -> None:
    judged = decide(replace(PLAIN, **changes), HALF)
    assert (judged.verdict, reason in judged.reason, bool(reason)) == (verdict, True, bool(judged.reason))


def test_confidence_is_how_sure_it_is_that_the_chunk_speaks_of_the_sentence() -> None:
    assert decide(PLAIN, HALF).confidence == pytest.approx(0.880797)
    assert decide(replace(PLAIN, score=-2.0), HALF).confidence == pytest.approx(0.880797)


def evidence(sentence: str, chunk: str) -> Evidence:
    """By shared words alone."""
    return evidence_of(sentence, chunk, pieces=pieces_of(chunk, sentence), scores=None)


def test_pieces_are_sentences_and_neighbours() -> None:
    found = pieces_of("It is red. It is old. It is big.", "Red.")
    assert [piece.text for piece in found[3:]] == ["It is red. It is old.", "It is old. It is big."]
    assert [piece.single for piece in found] == [True, True, True, False, False]


def test_of_a_long_chunk_the_nearest_pieces_are_read() -> None:
    chunk = " ".join(f"Sentence {number} is about bread." for number in range(500)) + " The bridge is long."
    found = pieces_of(chunk, "The bridge is long.")
    assert (len(found), "The bridge is long." in {piece.text for piece in found}) == (64, True)


def test_a_number_of_the_same_kind_stands_in_the_place_of_another() -> None:
    found = evidence("Its span is 421 metres.", "The bridge has a span of 412 metres. It weighs 900 tonnes.")
    assert (found.missing_numbers, found.other_numbers) == (("421",), (("421", "412"),))
    found = evidence("Its span is 421 metres.", "The span of the bridge is famous. It was built in 1964 by 30 people.")
    assert (found.missing_numbers, found.other_numbers) == (("421",), ())
    assert evidence("It is 0.412 km long.", "It is 412 metres long.").missing_numbers == ()


def test_names_and_negations_of_the_nearest_sentence() -> None:
    found = evidence("The bridge was designed by Lena Fischer.", "The bridge was designed by Ruth Ansell. It is not long.")
    assert (found.missing_names, found.other_names, found.negated) == (("Lena Fischer",), ("Ruth Ansell",), False)
    assert evidence("The bridge is long and old.", "It is red. The bridge is not long and old.").negated


def test_the_fit_is_that_of_a_ridge_regression_solved_elsewhere() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rows = [[-2.0, 0.1], [-1.0, 0.4], [0.5, 0.2], [1.0, 0.9], [2.0, 0.6], [0.0, 0.5]]
    targets = [False, False, True, True, True, False]
    model = linear_model.LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(rows, targets)
    assert fit_logistic(rows, targets) == pytest.approx([*model.intercept_, *model.coef_[0]], abs=1e-4)


def test_another_language_or_script_is_untold() -> None:
    judge = ScoreJudge(Refusing(), calibration=shipped_calibration())
    for chunk in ("二号线全长36公里，共有25座车站。", "Die Brücke wurde im Mai eröffnet und ist die längste der Region."):
        (judged,) = judge.judge("The bridge was opened in May and is the longest of the region.", [chunk])
        assert (judged.verdict, judged.chunk) == (Verdict.UNTOLD, None)
        assert "different scripts" in judged.reason or "another language (en) than the chunk (de)" in judged.reason


def test_every_sentence_of_a_chunk_is_supported_by_it_in_every_script() -> None:
    judge = ScoreJudge(Refusing(), calibration=shipped_calibration())
    for group in answer_sample():
        for chunk in group.chunks:
            for span in sentence_spans(chunk):
                (judged,) = judge.judge(span.of(chunk).upper(), [chunk])
                assert (judged.verdict, judged.confidence) == (Verdict.SUPPORTED, 1.0)
    (judged,) = judge.judge("Dogs may enter.", ["It is not true that dogs may enter."])
    assert judged.confidence != 1.0


def test_other_rankers_need_a_calibration_of_their_own() -> None:
    with pytest.raises(InputError, match="scores of bm25 are not calibrated"):
        ScoreJudge(build_ranker("bm25"))
    assert ScoreJudge(build_ranker("cross-encoder?tier=fast")).id == "scores:cross-encoder?tier=fast"


class Refusing:
    """A ranker that gives 0 to everything."""

    id = "refusing"

    def rank(self, query: object, documents: Sequence[object], **_: object) -> object:
        from types import SimpleNamespace

        return SimpleNamespace(items=[SimpleNamespace(candidate=place, score=0.0) for place in range(len(documents))])


CHUNKS = (
    "The Elmfield library opened in 1923 and lends 48,000 books. It does not charge late fees.",
    "The reading room was painted by Clara Hoyt in 1951. It seats ninety readers.",
    "Dogs must stay outside, except for guide dogs.",
)


@pytest.fixture(scope="module")
def judge(weights: Mapping[str, StoredModel]) -> ScoreJudge:
    return ScoreJudge(build_ranker("cross-encoder?precision=fp32"))


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The library of Elmfield was opened in 1923.", Verdict.SUPPORTED),
        ("The library of Elmfield was opened in 1932.", Verdict.CONTRADICTED),
        ("The Elmfield library does charge late fees.", Verdict.CONTRADICTED),
        ("Clara Hoyt painted the reading room in 1951.", Verdict.SUPPORTED),
        ("The reading room was painted by Hugo Lenz in 1951.", Verdict.CONTRADICTED),
        ("A tunnel leads to the railway station.", Verdict.ABSENT),
    ],
)
def test_what_the_embedded_cross_encoder_gives(judge: ScoreJudge, sentence: str, verdict: Verdict) -> None:
    assert over_chunks(judge.judge(sentence, CHUNKS)).verdict is verdict


def test_where_a_chunk_stands_changes_nothing(judge: ScoreJudge) -> None:
    sentence = "Clara Hoyt painted the reading room in 1951."
    forward, backward = judge.judge(sentence, CHUNKS), judge.judge(sentence, CHUNKS[::-1])
    for first, second in zip(forward, backward[::-1], strict=True):
        assert (first.verdict, first.reason) == (second.verdict, second.reason)
        assert first.confidence == pytest.approx(second.confidence, abs=1e-5)
    first, second = over_chunks(forward), over_chunks(backward)
    assert (first.verdict, first.chunk, second.chunk) == (second.verdict, 1, 1)
    for more in CHUNKS:
        assert over_chunks(judge.judge(sentence, [CHUNKS[1], more])).verdict is Verdict.SUPPORTED


def test_texts_of_the_stranger_kind(judge: ScoreJudge) -> None:
    long = " ".join(["word"] * 2000)
    assert judge.judge("Red.", ["", " \n "]) == tuple(
        Judgement(verdict=Verdict.ABSENT, confidence=1.0, reason="The chunk has no text.") for _ in range(2)
    )
    assert judge.judge(long, ["It is red."])[0].verdict is Verdict.UNTOLD
    assert judge.judge("It is red.", [long, "***", "[SEP] [SEP]"])[0].verdict is Verdict.ABSENT


def test_the_shipped_calibration_is_of_these_weights(weights: Mapping[str, StoredModel]) -> None:
    shipped = shipped_calibration()
    assert shipped.latin[1] > 0
    assert shipped.other[1] > 0
    stored = weights["embedded/ms-marco-MiniLM-L12-v2"]
    assert shipped.weights_sha256 == stored.sha256(stored.files.weights)
