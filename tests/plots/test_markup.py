"""No text of a document or ranker is markup in a figure, whoever drew it."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go

from reranklab.plots.drawing import Drawing

HOSTILE = '<a href="http://host/">x</a><b onclick="x">y</b><img src=x><B>z</B>'


def shown(figure: go.Figure) -> str:
    """What the page gets, less what Plotly does not show."""
    drawn = json.loads(figure.to_json())
    for trace in drawn["data"]:
        trace.pop("customdata", None)
    drawn["layout"].pop("template", None)
    return json.dumps(drawn, ensure_ascii=False)


def test_foreign_markup_is_shown_literally_wherever_it_stands():
    figure = go.Figure(
        [
            go.Bar(
                x=[1, 2], y=[HOSTILE, "b"], name=HOSTILE, text=[HOSTILE, ""], hovertext=np.array([HOSTILE, None], dtype=object),
                hovertemplate=f"{HOSTILE}<extra></extra>", customdata=[HOSTILE, "b"],
            ),
            go.Heatmap(z=np.ones((2, 2)), x=[HOSTILE, "d"], y=(HOSTILE, "e")),
        ],
        {
            "title": {"text": f"<b>own</b><br>{HOSTILE}"},
            "xaxis": {"title": {"text": HOSTILE}, "ticktext": [HOSTILE], "tickvals": [1]},
        },
    )  # fmt: skip
    figure.add_annotation(text=HOSTILE)
    drawing = Drawing(figure=figure, words="")
    text = shown(drawing.figure)
    for tag in ("<a", "<img", "<b ", "<B>"):
        assert tag not in text
    assert "<b>own</b><br>" in text and "<extra></extra>" in text
    assert drawing.figure.data[0].customdata[0] == HOSTILE, "a click still tells the document's id"
    assert json.loads(drawing.figure.to_json())["data"][1]["z"]["shape"] == "2, 2"


def test_a_figure_with_our_own_markup_alone_stays_itself():
    figure = go.Figure(
        go.Scatter(x=[1.0, 2.0], y=[1, 2], text=["<b>a</b> &lt;i&gt;", '<span style="fill-opacity: 0.7">b</span>']),
        {"title": {"text": "one<br><i>c</i>"}},
    )
    assert Drawing(figure=figure, words="").figure is figure
