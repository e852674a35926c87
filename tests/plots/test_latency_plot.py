import math

import pytest

from reranklab.errors import InputError
from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.forecast import forecast
from reranklab.latency.law import fit_law
from reranklab.plots.latency import draw_latency
from reranklab.plots.latency_claims import draw_claims
from reranklab.plots.latency_lengths import draw_lengths, has_lengths
from reranklab.plots.latency_residuals import draw_residuals
from reranklab.plots.latency_surface import draw_surface
from reranklab.plots.log_axis import log_axis, log_ticks
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
    assert heat.x[0] == 1 and heat.x[-1] == pytest.approx(2 * max(SIZES)), "it goes beyond what was measured"
    assert f"{told.deepest(200, 32):,} documents of 32 tokens and {told.deepest(200, 512):,} documents of 512" in drawing.words
    assert len(draw_surface(told, grid, ranker="x").figure.data) == 2


def test_published_times_stand_above_this_device():
    told = forecast(swept(cells()))
    answers = [answer_claim(claim, told) for claim in published_claims()]
    drawing = draw_claims(answers, ranker="<b>x</b>")
    published, here = drawing.figure.data[-2:]
    assert list(here.x) == [answer.here.value for answer in answers]
    assert len(published.x) == len(answers) + 1, "one claim is from 100 to 300 ms"
    assert list(drawing.figure.layout.yaxis.ticktext)[-2:] == ["one pair", "50 documents, rule of thumb"]
    # 100 documents of 256 tokens take 1,104 ms by this law, 7.4 times the 150 ms; the slowest beside TinyBERT's 11 ms.
    ratios = [answer.here.value / math.prod(answer.claim.ms) ** 0.5 for answer in answers]
    assert ratios[5] == pytest.approx((4 + 100 * (0.5 + 0.02 * 256 + 1e-4 * 256**2)) / 150)
    assert f"which takes {min(ratios):.2g} to {max(ratios):.0f} times as long" in drawing.words
    with pytest.raises(InputError, match="no published times"):
        draw_claims([], ranker="x")


def test_ticks_of_a_logarithmic_axis():
    assert log_ticks(0.15, 30) == [0.2, 0.5, 1, 2, 5, 10, 20]
    assert log_ticks(0.5, 20_000) == [1, 10, 100, 1000, 10_000]
    assert log_axis(2, 200)["ticktext"] == ["2", "5", "10", "20", "50", "100", "200"]


def test_published_times_are_stars_on_the_curves_when_asked_for():
    grid = cells()
    told = forecast(swept(grid))
    answers = [answer_claim(claim, told) for claim in published_claims()]
    drawing = draw_latency(grid, ranker="x", law=told.law, published=answers)
    plain = draw_latency(grid, ranker="x", law=told.law)
    assert "published" not in plain.words and len(plain.figure.data) == 2 * len(LENGTHS)
    stars = drawing.figure.data[-1]
    times = [ms for answer in answers for ms in sorted(set(answer.claim.ms))]
    assert (list(stars.x), list(stars.y)) == ([100] * 7 + [1, 50, 50], times)
    assert [text for text in stars.text if text][-2:] == ["one pair", "rule of thumb"], "a range has its name once"
    assert "V100 GPU, 960 documents a second; lengths not stated" in stars.hovertext[4]
    assert "SBERT" in stars.hovertext[4]
    assert "100 documents of 4,096 tokens: 7,000 ms (one GPU; model and GPU not stated), here " in drawing.words
    dotted = [trace for trace in drawing.figure.data if trace.line.dash == "dot"]
    assert [(min(line.x), max(line.x)) for line in dotted] == [pytest.approx((1, 100))] * len(LENGTHS)
    assert dotted[0].y[-1] == pytest.approx(told.law.predict_median(100, 32))
    least, most = (10**end for end in drawing.figure.layout.yaxis.range)
    assert least < 8 and most > max(7000, *(line.y[-1] for line in dotted)), "nothing is cut off"


def test_time_against_length():
    grid = cells()
    told = forecast(swept(grid, window=600))
    drawing = draw_lengths(grid, told=told, ranker="<b>x</b>", budget=200)
    points, line = drawing.figure.data[:2]
    assert (points.name, list(points.x)) == (f"{SIZES[0]} documents", list(LENGTHS))
    assert (line.x[0], line.x[-1]) == pytest.approx((LENGTHS[0], LENGTHS[-1]))
    assert (line.y[0], line.y[-1]) == pytest.approx((points.y[0], points.y[-1])), "exact cells lie on the law"
    assert len(drawing.figure.data) == 2 * len(SIZES) and "<b>" not in drawing.figure.layout.title.text
    assert f"Within 200 ms it ranks {max(SIZES)} documents of {told.longest(200, max(SIZES)):,} tokens." in drawing.words
    answers = [answer_claim(claim, told) for claim in published_claims()]
    overlaid = draw_lengths(grid, told=told, ranker="x", published=answers)
    stars = overlaid.figure.data[-1]
    assert (list(stars.x), list(stars.y)) == ([256, 4096], [150, 7000]), "those that state a length"
    level = overlaid.figure.data[-2]
    assert level.y[-1] == pytest.approx(told.law.predict_median(100, told.cost(600))), "what is not read costs nothing"
    assert "The lines turn level at 600 tokens" in overlaid.words
    assert not has_lengths(grid[:1])
    with pytest.raises(InputError, match="several lengths"):
        draw_lengths([cell for cell in grid if cell.asked_tokens == 32], told=told, ranker="x")
