import numpy as np

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.depth import DepthCurve, DepthReplay
from reranklab.plots.depth import draw_depth


def interval(mean: float) -> Interval:
    return Interval(mean=mean, low=mean - 0.1, high=mean + 0.2, level=0.95, method="made")


def curve(ranker: str, means: tuple[float, ...], ms: tuple[float, ...] | None) -> DepthCurve:
    return DepthCurve(ranker=ranker, depths=(1, 10, 100), means=tuple(map(interval, means)), values=np.zeros((4, 3)), ms=ms)


def replay(*curves: DepthCurve) -> DepthReplay:
    return DepthReplay(
        depths=(1, 10, 100), recall=(0.1, 0.5, 0.9), first_stage=(0.2, 0.4, 0.4), curves=curves, queries=4,
        left_out=("listwise-llm",),
    )  # fmt: skip


def test_a_line_for_each_ranker_beside_what_it_starts_from_and_cannot_pass():
    drawing = draw_depth(replay(curve("bm25", (0.2, 0.5, 0.3), (1, 10, 100)), curve("bm25?k1=2", (0.2, 0.3, 0.4), None)))
    recall, first_stage, bm25, time, other = drawing.figure.data
    assert (list(recall.y), list(first_stage.y)) == ([0.1, 0.5, 0.9], [0.2, 0.4, 0.4])
    assert list(bm25.y) == [0.2, 0.5, 0.3]
    assert np.allclose(bm25.error_y.array, 0.2) and np.allclose(bm25.error_y.arrayminus, 0.1)
    assert (bm25.line.color, bm25.line.dash, bm25.marker.symbol) == ("#E69F00", "solid", "circle")
    assert (other.line.color, other.line.dash, other.marker.symbol) == ("#795100", "dash", "square"), "a darker orange"
    assert (list(time.y), time.yaxis, other.name) == ([1, 10, 100], "y2", "BM25 (k1=2)")
    layout = drawing.figure.layout
    assert (layout.xaxis.type, layout.yaxis.title.text, layout.yaxis2.title.text) == ("log", "nDCG@10", "ms/query")


def test_the_words_say_where_deeper_is_worse_and_what_is_left_out():
    words = draw_depth(replay(curve("bm25", (0.2, 0.5, 0.3), None), curve("bm25?k1=2", (0.2, 0.3, 0.4), (1, 2, 30)))).words
    assert "BM25 is best over the first 10 (0.500) and has 0.300 over 100; " in words
    assert "BM25 (k1=2) is best over the first 100 (0.400), 30.0 ms a query at full depth" in words
    assert "the first 100 candidates hold 90%" in words and "Left out" in words and "listwise-llm" in words
