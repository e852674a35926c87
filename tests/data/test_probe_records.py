import json
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest

from reranklab.data.probe_records import Probe, ProbeScore, from_line, probe_of, to_line
from reranklab.errors import InputError
from reranklab.types import Document, Query
from tests.rankers.make import bm25_ranker

QUERY = Query(text="wing flow", id="q7")
ORIGINAL = Document(id="a", text="wing")
EDITED = Document(id="a", text="wing flow", title="On 😀\n«ß»")
OTHER = Document(id="b", text="flow heat")


def probe(**changes: Any) -> Probe:
    values: dict[str, Any] = {
        "id": "p1",
        "created_at": "2026-01-02T03:04:05+00:00",
        "query": QUERY,
        "original": ORIGINAL,
        "edited": EDITED,
        "edit": "negate",
        "expectation": "lower",
        "scores": {"bm25": ProbeScore(before=1.5, after=0.1, scale="BM25", rank_before=1, rank_after=2)},
        "provenance": {"bm25": {"family": "bm25", "parameters": {"k1": 1.2}}},
        "note": "one\ntwo",
    }
    return Probe(**{**values, **changes})


def test_a_line_gives_the_probe_back() -> None:
    line = to_line(probe())
    assert "\n" not in line
    assert line.isascii()
    assert from_line(line) == probe()
    assert json.loads(line)["format"] == 1


def test_keys_of_later_versions_are_passed_over() -> None:
    assert from_line(json.dumps({**json.loads(to_line(probe())), "colour": "red"})) == probe()


def test_a_probe_of_two_runs() -> None:
    rankers = [bm25_ranker(analyser="words"), bm25_ranker(b=0.4)]
    before = [ranker.rank(QUERY, [ORIGINAL, OTHER]) for ranker in rankers]
    after = [rankers[0].rank(QUERY, [EDITED, OTHER])]
    made = probe_of(
        query=QUERY,
        original=ORIGINAL,
        edited=EDITED,
        edit="repeat-keywords",
        before=before,
        after=after,
        expectation="higher",
    )
    scores = [{item.id: item.score for item in ranking.items}["a"] for ranking in (before[0], after[0])]
    assert scores[0] != scores[1]
    assert made.scores == {
        "bm25?analyser=words": ProbeScore(before=scores[0], after=scores[1], scale="BM25", rank_before=1, rank_after=1)
    }
    assert made.provenance["bm25?analyser=words"]["parameters"]["analyser"] == "words"
    assert made.provenance["bm25?analyser=words"]["versions"]["rank-bm25"] == "0.2.2"
    assert len(made.id) == 12
    assert datetime.fromisoformat(made.created_at).tzinfo is not None
    assert from_line(to_line(made)) == made
    with pytest.raises(InputError, match=r"'zz' is not in the list that bm25\?analyser=words ranked"):
        probe_of(query=QUERY, original=Document(id="zz", text="x"), edited=EDITED, edit="negate", before=before, after=after)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": " "}, "A probe needs an id"),
        ({"expectation": "worse"}, "cannot expect 'worse' of a score. Choose one of: lower, higher, same, unknown."),
        (
            {"scores": {"x": ProbeScore(before=float("nan"), after=0.0, scale="logit", rank_before=1, rank_after=1)}},
            "The scores of x are not finite numbers",
        ),
    ],
)
def test_probes_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        probe(**changes)
    assert message in str(caught.value)


def test_values_without_a_form_in_json() -> None:
    with pytest.raises(InputError, match="'p1' cannot be kept as JSON"):
        to_line(probe(provenance={"bm25": {"parameters": MappingProxyType({})}}))


def changed(*path: str, value: object) -> str:
    values = json.loads(to_line(probe()))
    inside = values
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return json.dumps(values)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"format": 1', "It is not JSON"),
        ("[" * 100_000, "It is not JSON"),
        ("9" * 6_000, "It is not JSON"),
        ('{"format": 1, "note": "\\ud83d"}', "half of a surrogate pair"),
        ("[]", "It is not a JSON object"),
        ("{}", "Its format is None, this version reads format 1."),
        (changed("format", value=2), "Its format is 2"),
        (changed("note", value=None), "Its 'note' is missing"),
        (changed("query", value="wing"), "Its 'query' is missing or not of the right type"),
        (changed("original", "text", value=3), "Its 'text' is missing or not of the right type"),
        (changed("scores", "bm25", value=[1, 2]), "Its 'bm25' is missing or not of the right type"),
        (changed("scores", "bm25", "rank_after", value=True), "Its 'rank_after' is missing or not of the right type"),
        (changed("scores", "bm25", "before", value=10**400), "Its 'before' is too large"),
        (changed("scores", "bm25", "before", value=float("inf")), "not finite numbers"),
        (changed("expectation", value="up"), "cannot expect 'up'"),
    ],
)
def test_lines_that_are_no_probe(line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        from_line(line)
    assert message in str(caught.value)
