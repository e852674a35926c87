"""From an alert to its requests, their collection, and the log's own ranking."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from reranklab.data.collection import load_documents
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import run
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.watch.alert_words import excluded_words, since_words, sure_words
from reranklab.watch.behind import NO_QUERY, NO_TEXTS, requests_before, requests_behind
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from reranklab.watch.logged import logged_ranking
from reranklab.watch.monitor import watch_columns
from reranklab.watch.report import Alert


@pytest.fixture(scope="module")
def watched():
    log = read_log(sample_log_path())
    return log, watch_columns(log.columns), load_documents(sample_documents_path())


def test_the_requests_behind_an_alert_are_those_of_the_log(watched):
    log, report, documents = watched
    (alert,) = report.alerts
    found = requests_behind(log, alert, number=1000, masking=None, documents=documents)
    lines = [json.loads(line) for line in sample_log_path().read_text().splitlines()]
    by_time = sorted(range(len(lines)), key=lambda place: lines[place]["time"])
    behind = [lines[by_time[place]] for place in alert.places.tolist()]
    assert found.requests == found.of == len(behind)
    assert {each.ranked.query.text for each in found.queries} == {line["query"] for line in behind}
    assert sum(each.times for each in found.queries) == len(behind)
    latest = {line["query"]: line for line in behind}
    for each in found.queries:
        line = latest[each.ranked.query.text]
        best = sorted(line["candidates"], key=lambda candidate: -candidate["score"])
        assert [document.id for document in each.ranked.documents] == [candidate["id"] for candidate in best]
        assert each.ranked.scores == tuple(candidate["score"] for candidate in best)


def test_the_requests_before_are_earlier_and_as_many_at_most(watched):
    log, report, documents = watched
    (alert,) = report.alerts
    before = requests_before(log, alert, number=20, masking=None, documents=documents)
    assert before.requests == 20 and max(each.request.time for each in before.queries) < alert.since


def test_the_logged_ranking_stands_beside_those_of_a_run(watched):
    log, report, documents = watched
    chosen = requests_behind(log, report.alerts[0], number=5, masking=None, documents=documents).queries[0]
    logged = logged_ranking(chosen)
    request = replace(listed(chosen.ranked.query, chosen.ranked.documents), beside=(logged,))
    settings = RunSettings(specs=(parse_ranker_id("bm25"),))
    events: list[object] = []
    run(request, settings, emit=events.append)
    comparison = Comparison.of(request, settings, events)
    assert [ranking.ranker for ranking in comparison.rankings] == ["logged:ms-marco-MiniLM-L12-v2", "bm25"]
    assert logged.timing.p50() == chosen.request.milliseconds
    assert [item.id for item in logged.items] == [document.id for document in chosen.ranked.documents]
    assert logged_ranking(replace(chosen, request=replace(chosen.request, milliseconds=None))) is None


def test_what_is_missing_is_counted_and_personal_data_is_masked(tmp_path):
    def line(number: int, **more: object) -> str:
        base = {"time": 1756684800 + number, "request_id": str(number), "query": "call 0171 2345678"}
        return json.dumps({**base, "candidates": [{"id": "a", "text": "mail x@y.org", "score": 1.0}, {"id": "b"}], **more})

    (tmp_path / "log.jsonl").write_text("\n".join([line(0), line(1, query=None), line(2, candidates=[{"id": "a"}])]) + "\n")
    log = read_log(tmp_path / "log.jsonl")
    alert = Alert(
        cause="longer_documents",
        also=(),
        sentence="",
        since=log.columns.time[0],
        earliest=log.columns.time[0],
        latest=log.columns.time[0],
        since_place=0,
        detected=log.columns.time[1],
        detected_place=1,
        trigger="documents",
        shifts=(),
        follows=(),
        latency=None,
        places=np.arange(3),
    )
    found = requests_behind(log, alert, number=10, masking=Masking())
    assert found.left_out == {NO_QUERY: 1, NO_TEXTS: 1} and found.without_text == 1
    (only,) = found.queries
    assert (only.ranked.query.text, only.ranked.documents[0].text) == ("call [phone]", "mail [e-mail]")
    told = " ".join(found.sentences())
    assert "1 request with no text of the query" in told and "(candidates.text)" in told
    assert since_words(alert) == "Since 2025-09-01 00:00 UTC."
    assert sure_words(alert, weeks=200).startswith("Detected 1 request after the change")
    assert excluded_words(alert, log.columns) == ()


def test_an_alert_says_which_causes_it_excludes(watched):
    log, report, _ = watched
    told = excluded_words(report.alerts[0], log.columns)
    assert told[0] == "Not another model: the log names ms-marco-MiniLM-L12-v2 before and after."
    assert any(sentence.startswith("No sure change of the machine: requests of one size take 1.04 times") for sentence in told)
    assert any(sentence.startswith("Not more candidates") for sentence in told)
