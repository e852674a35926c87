import math

import pytest

from reranklab.errors import InputError
from reranklab.latency.law import fit_law
from reranklab.plots.latency import draw_latency
from tests.latency.test_law import LENGTHS, SIZES, cells


def test_points_lines_and_the_budget():
    grid = cells()
    law = fit_law(grid)
    drawing = draw_latency(grid, ranker="<b>Mine</b>", law=law, budget=200)
    traces = drawing.figure.data
    assert len(traces) == 2 * len(LENGTHS)
    points, line = traces[0], traces[1]
    assert (points.name, list(points.x)) == ("32 tokens", list(SIZES))
    assert list(line.y) == pytest.approx(list(points.y)), "exact cells lie on the law"
    assert drawing.figure.layout.shapes[0].y0 == 200
    assert drawing.figure.layout.annotations[-1].y == pytest.approx(math.log10(200))
    assert "<b>" not in drawing.figure.layout.title.text
    assert f"Within 200 ms it reads {law.deepest(200, 512):,} documents of 512 tokens." in drawing.words
    assert len(draw_latency(grid, ranker="x").figure.data) == len(LENGTHS)
    with pytest.raises(InputError, match="no times to draw"):
        draw_latency([], ranker="x")
