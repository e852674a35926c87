"""`explain` in Python: the analyses of the catalogue, as the command line gives them."""

import json
from pathlib import Path

import pytest

import reranklab as rl
from reranklab.errors import InputError
from tests.contract.command import printed_json

QUERY = "capital of france"
TEXTS = ["Paris is the capital of France. It is old.", "Berlin is in Germany.", "France has Paris."]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["--method", "terms", "--method", "ranks"], {"method": ["terms", "ranks"]}),
        (["--unit", "term", "--against", "d3"], {"settings": {"unit": "term"}, "against": "d3"}),
        (["--faithfulness"], {"faithfulness": True}),
        (["--method", "stability", "--parameter", "shuffles=3"], {"method": "stability", "settings": {"shuffles": 3}}),
    ],
)
def test_the_answers_are_those_of_the_command_line(arguments: list[str], options: dict, tmp_path: Path) -> None:
    file = tmp_path / "documents.txt"
    file.write_text("\n".join(TEXTS), encoding="utf-8")
    printed = printed_json("explain", "--query", QUERY, "--documents", file, "--document", "d1", "--ranker", "bm25", *arguments)
    assert json.loads(rl.explain(QUERY, TEXTS, "d1", "bm25", **options).to_json()) == printed


def test_an_attribution_by_hand() -> None:
    found = rl.explain(QUERY, TEXTS, "d1", "bm25")
    first, second = found.attribution.values
    # Both query words stand in the first sentence: without it BM25 is 0, without the second it can only rise.
    assert first == found.attribution.base > 0
    assert second < 0
    assert [finding.analysis.id for finding in found] == ["leave-one-out"]
    assert found.document.id == "d1" and found.query.text == QUERY
    assert repr(found).startswith("Leave-one-out, BM25: d1 at rank 1 of 3, BM25 ")
    assert found.figures == ("leave-one-out",)
    assert found.figure("leave-one-out").words
    assert list(found.to_pandas()["text"]) == ["Paris is the capital of France.", "It is old."]


def test_a_comparison_is_explained_at_each_ranker_without_ranking_again() -> None:
    compared = rl.compare(QUERY, TEXTS, ["bm25", "bm25?b=0"])
    found = compared.explain("d3", method="terms")
    assert [finding.ranker for finding in found] == ["bm25", "bm25?b=0"]
    assert found.subject.comparison is compared.comparison
    assert set(found.to_pandas()["ranker"]) == {"bm25", "bm25?b=0"}


@pytest.mark.parametrize(
    ("document", "options", "words"),
    [
        ("d9", {}, "no document 'd9'"),
        ("d1", {"method": "magic"}, "magic"),
        ("d1", {"settings": {"depth": 3}}, r"leave-one-out has no parameter 'depth'\. It has: unit"),
        ("d1", {"settings": {"unit": "page"}}, "unit=page does not exist"),
        ("d1", {"against": "d1"}, "given twice"),
        ("d1", {"method": []}, "No method is named"),
        ("d1", {"method": "integrated-gradients"}, "gradients"),
    ],
)
def test_what_cannot_be_explained_is_said(document: str, options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rl.explain(QUERY, TEXTS, document, "bm25", **options)


def test_unknown_figures_and_tables_name_what_there_is() -> None:
    found = rl.explain(QUERY, TEXTS, "d1", "bm25", method="ranks")
    with pytest.raises(InputError, match=r"no figure 'terms'\. Choose one of: ranks"):
        found.figure("terms")
    with pytest.raises(InputError, match="ranks has no figure"):
        found.figure("ranks")
    with pytest.raises(InputError, match="no finding of 'terms'"):
        found.to_pandas("terms")
    with pytest.raises(InputError, match="No attribution was asked for"):
        _ = found.attribution


def test_html_for_notebooks_is_escaped() -> None:
    shown = rl.explain("b", ["<b onclick=x>b</b>. Next.", "c"], "d1", "bm25")._repr_html_()
    assert "<b onclick" not in shown
    assert "&lt;b onclick=x&gt;" in shown
