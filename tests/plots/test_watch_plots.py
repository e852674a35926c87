"""The figures of a watched log."""

from __future__ import annotations

import pytest

from reranklab.errors import InputError
from reranklab.plots.watch import LENGTHS, SCORES, draw_watch_latency, draw_watch_means, draw_watch_shares
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.sample_log import sample_log_path
from reranklab.watch.monitor import watch_columns


@pytest.fixture(scope="module")
def report():
    return watch_columns(read_log(sample_log_path()).columns)


def test_percentiles_have_bands_and_the_change_is_marked(report):
    drawing = draw_watch_latency(report)
    lines = {trace.name: trace for trace in drawing.figure.data if trace.name}
    assert set(lines) == {"p50", "p95", "p99", "over the law"}
    assert list(lines["p50"].y) == [window.latency["p50"].value for window in report.windows]
    bands = [trace for trace in drawing.figure.data if trace.fill == "tonexty"]
    assert list(bands[0].y) == [window.latency["p50"].high for window in report.windows]
    marks = [shape for shape in drawing.figure.layout.shapes if shape.type == "line" and shape.x0 == shape.x1]
    assert {mark.x0.strftime("%Y-%m-%d %H:%M") for mark in marks} == {"2025-09-14 14:09"} and len(marks) == 2
    assert "In the last one: p50 56.1 [53.4, 59.5] ms" in drawing.words
    assert "Marked, each with the 95 % interval of its time: longer documents 2025-09-14 14:09 UTC." in drawing.words


def test_every_panel_has_a_unit_and_a_course_in_words(report):
    for names in (LENGTHS, SCORES):
        drawing = draw_watch_means(report, names, title="Means")
        axes = [drawing.figure.layout[name].title.text for name in ("yaxis", "yaxis2", "yaxis3")]
        assert all(axes) and drawing.figure.layout.xaxis3.title.text == "time, UTC"
        assert drawing.words.count(" in the first and ") == 3
    assert (
        "Length of a document: 388.8 in the first and 776.5 in the last" in draw_watch_means(report, LENGTHS, title="x").words
    )


def test_what_the_log_does_not_tell_is_said(report):
    with pytest.raises(InputError, match="Compute something for a sample first"):
        draw_watch_shares(report, title="Shares")
