import math

import pytest

from reranklab.errors import InputError
from reranklab.latency.forecast import forecast
from reranklab.latency.law import fit_law
from reranklab.plots.latency import draw_latency
from reranklab.plots.latency_residuals import draw_residuals
from reranklab.plots.latency_surface import draw_surface
from tests.latency.test_forecast import swept
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


def test_residuals_stand_at_their_times():
    grid = cells(spread=0.1)
    law = fit_law(grid)
    drawing = draw_residuals(grid, law, ranker="<b>Mine</b>")
    assert [trace.name for trace in drawing.figure.data] == [f"{length} tokens" for length in LENGTHS]
    assert list(drawing.figure.data[0].x) == [cell.times[0] for cell in grid[::5]]
    assert list(drawing.figure.data[0].y) == pytest.approx([100 * each for each in law.residuals[::5]])
    near = sum(abs(each) <= 0.1 for each in law.residuals)
    assert f"within 10 % of {near} of the 25 lists" in drawing.words
    with pytest.raises(InputError, match="other lists"):
        draw_residuals(grid[:5], law, ranker="x")


def test_the_line_of_the_budget_is_where_the_time_is_the_budget():
    grid = cells()
    told = forecast(swept(grid))
    drawing = draw_surface(told, grid, ranker="x", at="p50", budget=200)
    heat, edge, points = drawing.figure.data
    assert (edge.contours.start, edge.contours.end) == (math.log10(200), math.log10(200))
    assert (list(points.x), list(points.y)) == ([each.candidates for each in grid], [each.asked_tokens for each in grid])
    row, column = 11, 30
    assert heat.customdata[row][column] == pytest.approx(told.law.predict_median(heat.x[column], heat.y[row]))
    assert heat.z[row][column] == pytest.approx(math.log10(heat.customdata[row][column]))
    assert heat.x[0] < min(SIZES) and heat.x[-1] > max(SIZES), "it goes beyond what was measured"
    assert f"{told.deepest(200, 32):,} documents of 32 tokens and {told.deepest(200, 512):,} documents of 512" in drawing.words
    assert len(draw_surface(told, grid, ranker="x").figure.data) == 2
