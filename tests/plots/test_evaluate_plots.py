import math

import pytest

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.differences import compare_all
from reranklab.evaluate.pareto import Offer, pareto_front
from reranklab.plots.differences import draw_differences
from reranklab.plots.pareto import draw_pareto
from reranklab.plots.query_differences import draw_query_differences

QUERIES = [f"q{number}" for number in range(20)]


def test_each_verdict_has_its_own_mark_and_the_margin_is_a_band():
    values = {
        "bm25": dict.fromkeys(QUERIES, 0.2),
        "cross-encoder": {query: 0.6 + 0.01 * number for number, query in enumerate(QUERIES)},
        "bi-encoder": {query: 0.5 * (number % 2) for number, query in enumerate(QUERIES)},
    }
    pairs = compare_all(values, measure="nDCG@10", margin=0.02)
    drawing = draw_differences(pairs)
    assert {trace.name: list(trace.y) for trace in drawing.figure.data} == {"better": [2], "worse": [0], "undecided": [1]}
    (better,) = (trace for trace in drawing.figure.data if trace.name == "better")
    assert better.x[0] == pytest.approx(100 * pairs[2].difference)
    band = drawing.figure.layout.shapes[0]
    assert (band.x0, band.x1) == (-2.0, 2.0)
    assert "BM25 less Cross-encoder -49.5 points" in drawing.words and "over 3 pairs" in drawing.words
    with pytest.raises(InputError, match="no pairs to draw"):
        draw_differences([])


def test_queries_stand_from_gain_to_loss_and_a_click_knows_its_query():
    drawing = draw_query_differences({"a": -0.1, "b": 0.3, "<i>c</i>": 0.0}, measure="RR", first="A", second="B")
    (bars,) = drawing.figure.data
    assert list(bars.customdata) == ["b", "<i>c</i>", "a"]
    assert list(bars.y) == pytest.approx([30, 0, -10])
    assert "<i>" not in bars.hovertext[1]
    assert drawing.words.startswith("A is above B in 1 of 3 queries, below it in 1, and equal in 1.")
    with pytest.raises(InputError, match="share none"):
        draw_query_differences({}, measure="RR", first="A", second="B")


def offer(mean: float, ms: float) -> Offer:
    return Offer(quality=Interval(mean=mean, low=mean - 0.1, high=mean + 0.1, level=0.95, method="made"), ms=ms)


def test_the_front_holds_what_nothing_beats_in_both():
    offers = {
        "bm25": offer(0.5, 1),
        "slow": offer(0.7, 100),
        "worse": offer(0.6, 200),
        "same": offer(0.5, 2),
        "mid": offer(0.6, 10),
    }
    assert pareto_front(offers) == ("bm25", "mid", "slow")
    drawing = draw_pareto(offers, measure="nDCG@10")
    line, *points = drawing.figure.data
    assert (list(line.x), list(line.y)) == ([1, 10, 100], [0.5, 0.6, 0.7])
    assert len(points) == 5
    assert "BM25 0.500 in 1.00 ms" in drawing.words and "worse" not in drawing.words
    with pytest.raises(InputError, match="no ranker of this run was measured"):
        draw_pareto({}, measure="nDCG@10")


def test_the_budget_is_drawn_where_it_is_and_times_of_one_decade_have_ticks():
    offers = {
        name: Offer(quality=Interval(mean=0.5, low=0.4, high=0.6, level=0.95, method=""), ms=ms)
        for name, ms in {"bm25": 21.0, "mid": 48.0}.items()
    }
    drawing = draw_pareto(offers, measure="nDCG@10", time="p95", budget=35, marks={"bm25": "1", "mid": "2"})
    (line,), (text,) = drawing.figure.layout.shapes, drawing.figure.layout.annotations
    assert (line.x0, line.x1) == (35, 35) and text.x == pytest.approx(math.log10(35))
    assert {"20", "50"} <= set(drawing.figure.layout.xaxis.ticktext)
    assert [trace.text for trace in drawing.figure.data if trace.text] == [("1",), ("2",)]
    assert "against the p95 of a query" in drawing.words
