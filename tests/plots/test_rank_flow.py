import pytest

from reranklab.errors import InputError
from reranklab.plots.palette import FADED, SELECTED, grade_style
from reranklab.plots.rank_flow import draw_rank_flow
from reranklab.types import RANK_ONLY
from tests.evaluate.make import make_ranking

RANKINGS = [make_ranking("abc", ranker="bm25"), make_ranking("cab", ranker="listwise-llm?step=5", scale=RANK_ONLY)]


def lines(figure):
    """Document id to its trace."""
    return {trace.customdata[0]: trace for trace in figure.data if trace.customdata is not None}


def quiet(text):
    """The name of a document that recedes."""
    return f'<span style="fill-opacity: 0.7">{text}</span>'


def test_a_line_a_document_through_all_rankers():
    figure = draw_rank_flow(RANKINGS).figure
    traces = lines(figure)
    assert {document: tuple(trace.y) for document, trace in traces.items()} == {"a": (1, 2), "b": (2, 3), "c": (3, 1)}
    assert tuple(traces["b"].customdata) == ("b", "b")
    assert tuple(figure.layout.xaxis.ticktext) == ("BM25", "Listwise LLM (step=5)")
    # Rank 1 is on top.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.title.text == "Rank flow"
    assert figure.layout.yaxis.title.text == "document and rank"


def test_document_ids_at_both_ends():
    layout = draw_rank_flow(RANKINGS).figure.layout
    assert tuple(layout.yaxis.ticktext) == ("a  1", "b  2", "c  3")
    assert tuple(layout.yaxis2.ticktext) == ("1  c", "2  a", "3  b")
    assert tuple(layout.yaxis.range) == tuple(layout.yaxis2.range)


def test_hover_has_rank_and_score_everywhere():
    traces = lines(draw_rank_flow(RANKINGS).figure)
    assert traces["a"].hovertext == "<b>a</b><br>BM25: rank 1, BM25 3<br>Listwise LLM (step=5): rank 2"


def test_grades_style_the_lines_and_have_a_legend():
    figure = draw_rank_flow(RANKINGS, grades={"a": 2, "b": 0}).figure
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


def test_relevant_documents_lead_and_the_others_recede():
    figure = draw_rank_flow(RANKINGS, grades={"a": 0, "b": 1}).figure
    traces = lines(figure)
    assert {document: trace.opacity for document, trace in traces.items()} == {"a": FADED, "b": 1, "c": FADED}
    assert traces["b"].line.width >= 3 * traces["a"].line.width
    assert traces["b"].marker.size > traces["a"].marker.size
    assert list(traces)[-1] == "b"
    assert tuple(figure.layout.yaxis.ticktext) == (quiet("a  1"), "b  2", quiet("c  3"))


@pytest.mark.parametrize("grades", [None, {"a": 0}])
def test_where_no_document_leads_none_recedes(grades):
    figure = draw_rank_flow(RANKINGS, grades=grades).figure
    assert {(trace.opacity, trace.line.width) for trace in lines(figure).values()} == {(1, 2)}
    assert tuple(figure.layout.yaxis.ticktext) == ("a  1", "b  2", "c  3")


def test_a_selected_document_leads_beside_the_relevant_ones_and_keeps_the_marker_of_its_grade():
    figure = draw_rank_flow(RANKINGS, grades={"a": 2, "b": 0}, selected="b").figure
    traces = lines(figure)
    assert {document: trace.opacity for document, trace in traces.items()} == {"a": 1, "b": 1, "c": FADED}
    assert traces["b"].line.width > traces["a"].line.width > traces["c"].line.width
    assert (traces["b"].line.color, traces["b"].marker.color) == (SELECTED, grade_style(0).colour)
    assert traces["b"].marker.symbol == grade_style(0).symbol
    legend = [trace.name for trace in figure.data if trace.customdata is None and trace.name]
    assert legend == ["grade 2 or more", "grade 0", "not judged", "selected: b"]


def test_leading_documents_are_named_in_the_band_where_there_is_room():
    rankings = [make_ranking("abcdefgh", ranker="x"), make_ranking("hgbacdef", ranker="y")]
    # Ranks 3 to 8 share 5 rows, so that neighbours are 5/6 of a row apart: too near for the names of both g and h.
    figure = draw_rank_flow(rankings, top=2, grades={"g": 1, "h": 1}).figure
    assert tuple(figure.layout.yaxis.ticktext) == (quiet("a  1"), quiet("b  2"), "g  7")


def test_the_selected_line_is_bold_on_top_and_the_others_faded():
    figure = draw_rank_flow(RANKINGS, selected="b").figure
    traces = lines(figure)
    assert {document: trace.opacity for document, trace in traces.items()} == {"a": FADED, "b": 1, "c": FADED}
    assert traces["b"].line.width > traces["a"].line.width
    assert list(traces)[-1] == "b"
    assert figure.layout.yaxis.ticktext[1] == "<b>b  2</b>"
    assert {trace.opacity for trace in lines(draw_rank_flow(RANKINGS, selected="gone").figure).values()} == {1}


def test_top_keeps_what_any_ranker_has_there():
    rankings = [make_ranking("abcdef", ranker="x"), make_ranking("bafedc", ranker="y")]
    assert set(lines(draw_rank_flow(rankings, top=2).figure)) == {"a", "b"}
    assert set(lines(draw_rank_flow(rankings, top=3).figure)) == {"a", "b", "c", "f"}
    figure = draw_rank_flow(rankings, top=2, selected="e").figure
    traces = lines(figure)
    assert set(traces) == {"a", "b", "e"}
    # Ranks 3 to 6 share a band of 5 rows that ends at 2 + 1 + 5: rank 5 is 3/4 down, rank 4 half.
    assert tuple(traces["e"].y) == (2 + 1 + 5 * 3 / 4, 2 + 1 + 5 * 2 / 4)
    assert tuple(figure.layout.yaxis.ticktext) == (quiet("a  1"), quiet("b  2"), "<b>e  5</b>")
    assert figure.layout.annotations[0].text == "ranks 3 to 6"
    assert not draw_rank_flow(rankings, top=99).figure.layout.annotations


def test_height_follows_the_content():
    many = [f"d{number}" for number in range(200)]
    tall = draw_rank_flow([make_ranking(many)]).figure
    assert 2000 < tall.layout.height < 4000
    assert draw_rank_flow([make_ranking(many)], top=20).figure.layout.height < 900
    assert draw_rank_flow([make_ranking("a")]).figure.layout.height > 100


def test_ids_are_escaped_in_labels_and_raw_in_customdata():
    figure = draw_rank_flow([make_ranking(["<script>"])]).figure
    trace = figure.data[0]
    assert trace.name == "&lt;script&gt;"
    assert trace.hovertext.startswith("<b>&lt;script&gt;</b>")
    assert figure.layout.yaxis.ticktext == ("&lt;script&gt;  1",)
    assert trace.customdata == ("<script>",)


def test_the_theme_shows_through():
    layout = draw_rank_flow(RANKINGS).figure.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None


def test_refusals():
    with pytest.raises(InputError, match="no rankings"):
        draw_rank_flow([])
    with pytest.raises(InputError, match="different documents"):
        draw_rank_flow([make_ranking("ab"), make_ranking("ac", ranker="other")])


def test_description_names_the_first_relevant_document():
    assert draw_rank_flow(RANKINGS, grades={"a": 0, "b": 1, "c": 2}).words.endswith(
        " The first relevant document is b at rank 2 by BM25, c at rank 1 by Listwise LLM (step=5)."
    )
    assert "relevant" not in draw_rank_flow(RANKINGS, grades={"a": 0}).words


def test_titles_of_the_run_come_from_outside():
    figure = draw_rank_flow(RANKINGS, titles={"bm25": "BM25: mine"}).figure
    assert tuple(figure.layout.xaxis.ticktext) == ("BM25: mine", "Listwise LLM (step=5)")


def test_description():
    assert draw_rank_flow(RANKINGS, selected="b").words == (
        "Ranks of 3 documents at 2 rankers. First are a at BM25, c at Listwise LLM (step=5). "
        "The selected document b is ranked 2 at BM25, 3 at Listwise LLM (step=5)."
    )
