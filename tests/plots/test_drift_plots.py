import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.evaluate.drift import DriftTable, measure_drift
from reranklab.evaluate.drift_warning import QuerySample, warn_of_drift
from reranklab.plots.drift_differences import draw_drift
from reranklab.plots.drift_scores import draw_drift_scores
from reranklab.plots.drift_signals import draw_drift_signals
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Query

RANKERS = ("bm25", "bm25?b=0&k1=0", "bm25?k1=3")


@pytest.fixture(scope="module")
def table() -> DriftTable:
    return measure_drift(["negation", "arguments"], [parse_ranker_id(ranker) for ranker in RANKERS], candidates="judged")


def test_a_point_for_each_cell_with_its_interval(table: DriftTable):
    drawing = draw_drift(table)
    drawn = {
        tuple(place): (x, x - minus, x + plus)
        for trace in drawing.figure.data
        for place, x, plus, minus in zip(trace.customdata, trace.x, trace.error_x.array, trace.error_x.arrayminus, strict=True)
    }
    assert drawn.keys() == {(name, ranker) for name in ("negation", "arguments") for ranker in RANKERS[1:]}
    for name, pair in table.differences:
        assert drawn[name, pair.first] == pytest.approx((pair.difference, pair.interval.low, pair.interval.high))
        assert f"on {name} {pair.difference:+.3f}" in drawing.words
    assert len({trace.name for trace in drawing.figure.data if trace.showlegend}) == sum(
        bool(trace.showlegend) for trace in drawing.figure.data
    ), "each verdict is named once"


def test_scores_are_shares_of_each_kind_on_one_axis(table: DriftTable):
    drawing = draw_drift_scores(table, "bm25", carried="negation")
    figure = drawing.figure
    assert [trace.name for trace in figure.data] == ["relevant", "not relevant"] * 2
    for trace in figure.data:
        assert sum(trace.y) == pytest.approx(100)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range
    own, other = (table.there(name, "bm25").threshold.score for name in ("negation", "arguments"))
    lines = [(shape.x0, shape.line.dash) for shape in figure.layout.shapes]
    assert lines == [(own, None), (other, None), (own, "dash")]
    assert f"best threshold {own:.3g}" in drawing.words and "dashed line is the threshold of negation" in drawing.words
    with pytest.raises(InputError, match="ranked none"):
        draw_drift_scores(table, "bi-encoder")


def test_one_score_for_all_is_drawn(table: DriftTable):
    from dataclasses import replace

    def flat(there):
        return replace(there, pairs=replace(there.pairs, scores=np.zeros_like(there.pairs.scores)))

    same = replace(
        table,
        collections=tuple(replace(part, rankers=tuple(map(flat, part.rankers))) for part in table.collections),
    )
    assert len(draw_drift_scores(same, "bm25").figure.data) == 4


def test_signals_are_measured_in_units_of_chance():
    old = tuple(Query(id=f"a{number}", text=f"old words about {number % 3}") for number in range(20))
    new = tuple(Query(id=f"b{number}", text=f"wholly other talk of <b>{number % 3}</b> things") for number in range(20))
    warning = warn_of_drift(QuerySample(name="last", queries=old), QuerySample(name="<i>this</i>", queries=new))
    drawing = draw_drift_signals(warning)
    (bars,) = drawing.figure.data
    assert bars.x[0] == pytest.approx(warning.signals[0].distance / warning.signals[0].chance)
    assert bars.text[0] == "drifted"
    assert drawing.words.startswith("<i>this</i> has drifted from last")
