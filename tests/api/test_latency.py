"""`latency` in Python: what the command gives, its figures, and what it foretells."""

from __future__ import annotations

import pytest

import reranklab as rl

ASKED = {"candidates": [5, 10, 20], "tokens": [16, 64], "repeats": 4}


def test_times_law_and_figures() -> None:
    found = rl.latency(["bm25", "bm25?analyser=words"], cold=False, **ASKED)
    assert [each.ranker for each in found] == ["bm25", "bm25?analyser=words"] and len(found) == 2
    record = found.to_dict(budget_ms=50)["rankers"][1]
    assert [(cell["candidates"], cell["asked_tokens"]) for cell in record["cells"]] == [
        (5, 16), (10, 16), (20, 16), (5, 64), (10, 64), (20, 64),
    ]  # fmt: skip
    told = found.forecast("bm25?analyser=words")
    assert record["law"]["deepest"]["64"] == {at: told.deepest(50, 64, at) for at in ("p50", "p95")}
    frame = found.to_pandas()
    assert len(frame) == 12 and list(frame["runs"]) == [4] * 12
    assert list(frame["p50_ms"][:6]) == [cell.quantile(0.5).value for cell in found["bm25"].cells]
    for name in found.figures:
        assert found.figure(name, budget_ms=20).words
    assert "budget 20.0 ms" in str(found.figure("times", ranker="bm25", budget_ms=20).figure.layout.annotations)
    assert "bm25" not in repr(found).partition("\n")[0] and "candidates" in repr(found) and "<table" in found._repr_html_()
    with pytest.raises(rl.InputError, match=r"no times of 'dense'. Choose one of: bm25, bm25\?analyser=words"):
        found["dense"]
    with pytest.raises(rl.InputError, match="Choose one of: times, lengths, residuals, budget, published"):
        found.figure("scores")


def test_documents_of_a_collection_and_too_few_lists() -> None:
    found = rl.latency("bm25", dataset="negation", candidates=[5], queries=2, repeats=1, cold=False)
    (only,) = found
    assert [cell.asked_tokens for cell in only.cells] == [None, None]
    assert found.figure("times").words.startswith("Medians of 1 runs")
    with pytest.raises(rl.InputError, match="too few for the law"):
        found.forecast()
    with pytest.raises(rl.InputError, match="nothing to measure"):
        rl.latency("bm25", dataset="negation", candidates=[])


def test_a_ranker_of_this_process_alone_is_timed_without_its_start() -> None:
    family = rl.scorer_family("here-only", lambda query, texts: [float(len(text)) for text in texts])
    (found,) = rl.latency(family, candidates=[3], tokens=[8], repeats=1)
    assert found.cold is None and "here-only" in found.cold_missing
