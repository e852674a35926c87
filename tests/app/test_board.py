"""What the board is given."""

from __future__ import annotations

from reranklab.engine.cache import ResultCache
from reranklab.engine.request import Candidates, Request, RunSettings
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from reranklab.ui.board.code_units import passage_in_text
from reranklab.ui.board.data import board_data, format_score, marks, query_terms
from reranklab.ui.ranking import start_ranking


def comparison(documents, *, query, judgements=None, rankers=("bm25", "bm25?analyser=words")):
    request = Request(
        label="test",
        query=Query(text=query),
        collect=lambda cancel, progress: Candidates(documents=tuple(documents)),
        judgements=judgements or {},
    )
    settings = RunSettings(specs=tuple(map(parse_ranker_id, rankers)))
    pending = start_ranking(request, settings, cache=ResultCache())
    assert pending.job.wait(20)
    return pending.comparison()


def test_columns_hold_ranks_movement_and_grades():
    documents = [
        Document(id="x", text="nothing"),
        Document(id="y", text="high tide"),
        Document(id="z", text="tide tables here"),
    ]
    data = board_data(comparison(documents, query="tide", judgements={"y": 2, "x": 0}), baseline="input", rows=2, selected="y")
    first = data["columns"][0]
    assert [(row["id"], row["rank"], row["moved"]) for row in first["rows"]] == [("y", 1, 1), ("z", 2, 1)]
    assert first["hidden"] == 1
    assert {key: value["grade"] for key, value in data["documents"].items()} == {"y": 2, "z": None}
    assert data["judged"]
    assert data["selected"] == "y"


def test_the_baseline_column_has_no_movement():
    documents = [Document(id="x", text="tide"), Document(id="y", text="the tides")]
    data = board_data(comparison(documents, query="tides"), baseline="bm25", rows=0, selected="")
    # The English analyser finds "tide" in both, and x is shorter only with stop words counted: both have one term, x is first.
    assert [row["moved"] for row in data["columns"][0]["rows"]] == [None, None]
    assert [(row["id"], row["moved"]) for row in data["columns"][1]["rows"]] == [("y", 1), ("x", -1)]


def test_a_score_stands_with_its_standard_error():
    documents = [Document(id="x", text="tide"), Document(id="y", text="the sea")]
    data = board_data(comparison(documents, query="tides", rankers=("votes(bm25)",)), baseline="input", rows=0, selected="")
    first, second = data["columns"][0]["rows"]
    assert first["score"] == second["score"].removeprefix("-")
    assert " ± 0." in first["score"]


def test_a_huge_document_is_cut_for_the_browser():
    documents = [Document(id="x", text="tide " * 600_000), Document(id="y", text="tide")]
    data = board_data(comparison(documents, query="tide"), baseline="input", rows=0, selected="")
    assert len(data["documents"]["x"]["text"]) == 1_000_000
    assert data["documents"]["x"]["cut"] == 3_000_000
    assert data["documents"]["y"]["cut"] == 0


def test_terms_are_the_words_without_stop_words():
    assert query_terms("What is the TIDE, the tide at Ärö?") == ["what", "tide", "ärö"]
    assert query_terms("to be or not to be") == ["to", "be", "or", "not"]


def marked(text: str, query: str) -> list[str]:
    units = text.encode("utf-16-le")
    return [units[2 * start : 2 * end].decode("utf-16-le") for start, end in marks(text, frozenset(query_terms(query)))]


def test_the_words_of_the_query_are_marked_in_every_script():
    assert marked("High TIDE, tides; the tide's end", "the tide") == ["TIDE", "tide"]
    assert marked("नदी का पानी पान", "पानी") == ["पानी"]
    assert marked("日本の首都は東京。首都圏", "日本の首都") == ["日本の首都", "首都"]
    assert marked("Cafe\u0301 in İzmir, STRASSE", "café izmir straße") == ["Cafe\u0301", "İzmir", "STRASSE"]


def test_marks_count_as_a_browser_does():
    assert marks("🌊🌊 tide", frozenset({"tide"})) == ((5, 9),)
    assert marked("🌊 tide 🌊 tide", "tide") == ["tide", "tide"]


def test_the_board_is_given_marks_of_title_and_text():
    data = board_data(
        comparison([Document(id="x", title="A tide", text="Tide tables")], query="tide"), baseline="input", rows=0, selected=""
    )
    assert (data["documents"]["x"]["titleMarks"], data["documents"]["x"]["textMarks"]) == (((2, 6),), ((0, 4),))


def test_scores_have_digits_that_matter():
    assert format_score(12.3456, scale="BM25") == "12.35"
    assert format_score(0.12345, scale="cosine") == "0.123"
    assert format_score(0.00012, scale="attention") == "1.2e-04"
    assert format_score(0.5, scale="rank only") == ""


def test_the_passage_that_decided_is_the_row_s_text():
    long = Document(id="x", text="Nothing to see here at all. " * 6 + "The tide is high. " + "Nothing again in this one. " * 6)
    rankers = ("chunked(bm25)?words=16&overlap=0", "bm25")
    found = comparison([long, Document(id="y", text="the tide")], query="tide", rankers=rankers)
    data = board_data(found, baseline="input", rows=0, selected="")
    rows = {row["id"]: row for row in data["columns"][0]["rows"]}
    passage = rows["x"]["passage"]
    assert "The tide is high." in passage["text"]
    assert long.content[passage["start"] - 1 : passage["end"]].count("The tide is high.") == 1
    assert rows["y"]["passage"] is None, "it is one passage"
    assert [row["passage"] for row in data["columns"][1]["rows"]] == [None, None]


def only_row(found, document_id):
    (column,) = found["columns"]
    return next(row for row in column["rows"] if row["id"] == document_id)


def test_the_passage_that_decided_is_placed_in_the_text():
    bread = "Bread rises 🙂 in the oven on every single day of the long and rather cold winter."
    tide = "The tide at the old stone pier is high at noon and low again before the evening."
    text = " ".join([bread] * 3 + [tide] + [bread] * 3)
    documents = [Document(id="x", text=text, title="On 🙂 harbours"), Document(id="y", text="tide")]
    run = comparison(documents, query="tide", rankers=["chunked(bm25)?words=17&overlap=0"])
    data = board_data(run, baseline="input", rows=0, selected="")
    passage = only_row(data, "x")["passage"]
    start, end = passage["span"]
    assert text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == tide


def test_a_passage_is_cut_with_its_text():
    document = Document(id="x", title="Tides", text="0123456789")
    assert passage_in_text(document, (6, 10), limit=100) == (0, 4)  # the content is "Tides 0123456789"
    assert passage_in_text(document, (3, 10), limit=100) == (0, 4)
    assert passage_in_text(document, (10, 16), limit=6) == (4, 6)
    assert passage_in_text(document, (12, 16), limit=6) is None
    assert passage_in_text(document, (0, 5), limit=6) is None
    assert passage_in_text(document, (0, 16), limit=100) is None
    assert passage_in_text(Document(id="x", text="ab 🙂 cd"), (3, 7), limit=100) == (3, 8)


def test_more_than_four_columns_are_compact_and_hidden_ones_are_left_out():
    rankers = [f"bm25?k1={number}" for number in range(5)]
    run = comparison([Document(id="x", text="tide"), Document(id="y", text="the tides")], query="tides", rankers=rankers)
    data = board_data(run, baseline="bm25?k1=0", rows=0, selected="")
    assert data["compact"]
    assert [column["mark"] for column in data["columns"]] == ["circle", "square", "diamond", "triangle-up", "cross"]
    fewer = board_data(run, baseline="bm25?k1=0", rows=0, selected="", hidden=frozenset(rankers[:2]))
    assert not fewer["compact"]
    assert [column["id"] for column in fewer["columns"]] == rankers[2:]
    assert [column["colour"] for column in fewer["columns"]] == [column["colour"] for column in data["columns"][2:]]
    assert fewer["baseline"] == "BM25 (k1=0)", "movement is still counted against it"


def test_documents_that_only_a_hidden_ranker_shows_are_not_sent():
    documents = [Document(id="x", text="tide"), Document(id="y", text="the the the tides")]
    run = comparison(documents, query="the tide", rankers=("bm25", "bm25?analyser=words&k1=10&b=0"))
    assert [ranking.items[0].id for ranking in run.rankings] == ["x", "y"]
    assert set(board_data(run, baseline="input", rows=1, selected="", hidden={"bm25"})["documents"]) == {"y"}
