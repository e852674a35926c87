import pytest

from reranklab.errors import InputError
from reranklab.plots.palette import FADED, grade_style
from reranklab.plots.rank_flow import describe_rank_flow, rank_flow_figure
from reranklab.types import RANK_ONLY
from tests.evaluate.make import make_ranking

RANKINGS = [make_ranking("abc", ranker="bm25"), make_ranking("cab", ranker="listwise-llm?x=1", scale=RANK_ONLY)]


def lines(figure):
    """Document id to its trace."""
    return {trace.customdata[0]: trace for trace in figure.data if trace.customdata is not None}


def test_a_line_a_document_through_all_rankers():
    figure = rank_flow_figure(RANKINGS)
    traces = lines(figure)
    assert {document: tuple(trace.y) for document, trace in traces.items()} == {"a": (1, 2), "b": (2, 3), "c": (3, 1)}
    assert tuple(traces["b"].customdata) == ("b", "b")
    assert tuple(figure.layout.xaxis.ticktext) == ("bm25", "listwise-llm<br>x=1")
    # Rank 1 is on top.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.title.text == "Rank flow"
    assert figure.layout.yaxis.title.text == "document and rank"


def test_document_ids_at_both_ends():
    layout = rank_flow_figure(RANKINGS).layout
    assert tuple(layout.yaxis.ticktext) == ("a  1", "b  2", "c  3")
    assert tuple(layout.yaxis2.ticktext) == ("1  c", "2  a", "3  b")
    assert tuple(layout.yaxis.range) == tuple(layout.yaxis2.range)


def test_hover_has_rank_and_score_everywhere():
    assert lines(rank_flow_figure(RANKINGS))["a"].hovertext == ("<b>a</b><br>bm25: rank 1, BM25 3<br>listwise-llm?x=1: rank 2")


def test_grades_style_the_lines_and_have_a_legend():
    figure = rank_flow_figure(RANKINGS, grades={"a": 2, "b": 0})
    traces = lines(figure)
    styles = {"a": grade_style(2), "b": grade_style(0), "c": grade_style(None)}
    assert {document: trace.line.color for document, trace in traces.items()} == {
        document: style.colour for document, style in styles.items()
    }
    assert {document: trace.marker.symbol for document, trace in traces.items()} == {
        document: style.symbol for document, style in styles.items()
    }
    legend = [trace.name for trace in figure.data if trace.customdata is None and trace.name]
    assert legend == ["grade 2 or more", "grade 0", "not judged"]
    assert list(traces) == ["c", "b", "a"]


def test_the_selected_line_is_bold_on_top_and_the_others_faded():
    figure = rank_flow_figure(RANKINGS, selected="b")
    traces = lines(figure)
    assert {document: trace.opacity for document, trace in traces.items()} == {"a": FADED, "b": 1, "c": FADED}
    assert traces["b"].line.width > traces["a"].line.width
    assert list(traces)[-1] == "b"
    assert figure.layout.yaxis.ticktext[1] == "<b>b  2</b>"
    assert {trace.opacity for trace in lines(rank_flow_figure(RANKINGS, selected="gone")).values()} == {1}


def test_top_keeps_what_any_ranker_has_there():
    rankings = [make_ranking("abcdef", ranker="x"), make_ranking("bafedc", ranker="y")]
    assert set(lines(rank_flow_figure(rankings, top=2))) == {"a", "b"}
    assert set(lines(rank_flow_figure(rankings, top=3))) == {"a", "b", "c", "f"}
    figure = rank_flow_figure(rankings, top=2, selected="e")
    traces = lines(figure)
    assert set(traces) == {"a", "b", "e"}
    # Ranks 3 to 6 share a band of 5 rows that ends at 2 + 1 + 5: rank 5 is 3/4 down, rank 4 half.
    assert tuple(traces["e"].y) == (2 + 1 + 5 * 3 / 4, 2 + 1 + 5 * 2 / 4)
    assert tuple(figure.layout.yaxis.ticktext) == ("a  1", "b  2", "<b>e  5</b>")
    assert figure.layout.annotations[0].text == "ranks 3 to 6"
    assert not rank_flow_figure(rankings, top=99).layout.annotations


def test_height_follows_the_content():
    many = [f"d{number}" for number in range(200)]
    tall = rank_flow_figure([make_ranking(many)])
    assert 2000 < tall.layout.height < 4000
    assert rank_flow_figure([make_ranking(many)], top=20).layout.height < 900
    assert rank_flow_figure([make_ranking("a")]).layout.height > 100


def test_ids_are_escaped_in_labels_and_raw_in_customdata():
    figure = rank_flow_figure([make_ranking(["<script>"])])
    trace = figure.data[0]
    assert trace.name == "&lt;script&gt;"
    assert trace.hovertext.startswith("<b>&lt;script&gt;</b>")
    assert figure.layout.yaxis.ticktext == ("&lt;script&gt;  1",)
    assert trace.customdata == ("<script>",)


def test_the_theme_shows_through():
    layout = rank_flow_figure(RANKINGS).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None


def test_refusals():
    with pytest.raises(InputError, match="no rankings"):
        rank_flow_figure([])
    with pytest.raises(InputError, match="different documents"):
        rank_flow_figure([make_ranking("ab"), make_ranking("ac", ranker="other")])


def test_description():
    assert describe_rank_flow(RANKINGS, selected="b") == (
        "Ranks of 3 documents at 2 rankers. First are a at bm25, c at listwise-llm?x=1. "
        "The selected document b is ranked 2 at bm25, 3 at listwise-llm?x=1."
    )
