"""`reranklab watch` through the command line, on the sample log and on damaged ones."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reranklab.cli import main
from reranklab.data.unjudged import unjudged_names
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from reranklab.watch.prometheus import prometheus_text

LOG, TEXTS = str(sample_log_path()), str(sample_documents_path())


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))


def test_the_table_tells_what_was_read_the_windows_and_the_alert(capsys):
    assert main(["watch", LOG]) == 0
    told = capsys.readouterr().out
    assert told.startswith("360 lines: 360 requests read.")
    assert told.count("\n2025-09-") == 21
    assert "Alert 1: Longer documents" in told
    assert "Not another model: the log names ms-marco-MiniLM-L12-v2 before and after." in told


def test_json_and_a_broken_limit(capsys, tmp_path):
    limits = tmp_path / "limits.toml"
    limits.write_text('days = 30\n[[limit]]\nno_alert = "longer_documents"\n[[limit]]\nno_alert = "slower_machine"\n')
    assert main(["watch", LOG, "--format", "json", "--check", str(limits), "--window", "100"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in record["check"]] == ["fail", "pass"]
    assert [each["requests"] for each in record["windows"]] == [100, 100, 100, 60]
    assert record["log"]["read"] == 360 and record["log"]["remarks"] == {"no_answer": 253}
    assert record["alerts"][0]["cause"] == "longer_documents"


def test_a_check_that_cannot_be_read_is_an_error_of_its_own(capsys, tmp_path):
    (tmp_path / "limits.toml").write_text("[[limit]]\nno_alert = 3\n")
    assert main(["watch", LOG, "--check", str(tmp_path / "limits.toml")]) == 2
    assert "no_alert is 3" in capsys.readouterr().err


def test_prometheus_text_is_read_by_its_own_parser(tmp_path):
    out = tmp_path / "reranklab.prom"
    assert main(["watch", LOG, "--format", "prometheus", "--out", str(out)]) == 0
    families = {each.name: each for each in text_string_to_metric_families(out.read_text())}
    assert all(each.type == "gauge" and each.documentation for each in families.values())
    assert families["reranklab_watch_requests"].samples[0].value == 360
    alerts = {each.labels["cause"]: each.value for each in families["reranklab_watch_alerts"].samples}
    assert alerts["longer_documents"] == 1 and sum(alerts.values()) == 1
    seconds = {
        (each.labels["quantile"], each.labels["bound"]): each.value
        for each in families["reranklab_watch_rerank_seconds"].samples
    }
    last = read_log(sample_log_path()).columns.milliseconds[-12:]
    assert math.isclose(seconds["0.5", "value"], sorted(last)[5] / 2000 + sorted(last)[6] / 2000, rel_tol=1e-9)


def test_labels_and_numbers_are_escaped_as_the_format_asks(monkeypatch):
    from dataclasses import replace

    from reranklab.watch.monitor import watch_columns

    log = read_log(sample_log_path())
    report = watch_columns(log.columns)
    name = 'a "quoted" back\\slash\nline'
    interval = replace(report.windows[-1].means["top_score"], mean=math.nan, high=math.inf, low=-math.inf)
    report = replace(report, windows=(replace(report.windows[-1], shares={name: interval}),))
    families = {each.name: each for each in text_string_to_metric_families(prometheus_text(report, log.counts))}
    found = {each.labels["bound"]: (each.labels["series"], each.value) for each in families["reranklab_watch_ratio"].samples}
    assert {label for label, _ in found.values()} == {name}
    assert math.isnan(found["value"][1]) and found["high"][1] == math.inf and found["low"][1] == -math.inf


def test_a_malformed_log_is_counted_and_never_an_abort(capsys, tmp_path):
    lines = Path(LOG).read_text().splitlines()
    bad = [*lines[:30], "{broken", "[]", '{"time": "never", "candidates": []}', '{"query": "x"}', *lines[30:60], lines[59], "{"]
    (tmp_path / "bad.jsonl").write_text("\n".join(bad))
    assert main(["watch", str(tmp_path / "bad.jsonl")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("66 lines: 60 requests read.")
    for sentence in ("1 line left out: not valid JSON", "1 line left out: a repetition", "1 line left out: cut off"):
        assert sentence in told


def test_a_baseline_may_be_a_log_of_its_own(capsys, tmp_path):
    lines = Path(LOG).read_text().splitlines()
    first, rest = tmp_path / "first.jsonl", tmp_path / "rest.jsonl"
    first.write_text("\n".join(lines[:200]) + "\n")
    rest.write_text("\n".join(lines[200:]) + "\n")
    assert main(["watch", str(rest), "--baseline", str(first), "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["log"]["files"] == ["first.jsonl", "rest.jsonl"] and record["log"]["read"] == 360
    assert record["baseline_until"] == json.loads(lines[200])["time"][:19] + "+00:00"
    assert main(["watch", str(first), "--baseline", str(rest)]) == 2
    assert "later than the log's first" in capsys.readouterr().err


def test_requests_behind_the_alert_become_a_collection(capsys, tmp_path):
    assert main(["watch", LOG, "--collect", "september", "--requests", "40", "--documents", TEXTS]) == 0
    assert "40 of 121 requests behind the alert ask" in capsys.readouterr().err
    assert unjudged_names() == ("september",)
    assert main(["judgements", "list"]) == 0
    assert "Waiting for a first judgement: september." in capsys.readouterr().err
    assert main(["judgements", "delete", "september"]) == 0
    assert unjudged_names() == ()


def test_requests_without_texts_say_what_is_missing(capsys):
    assert main(["watch", LOG, "--collect", "september"]) == 2
    told = capsys.readouterr().err
    assert "no text of a candidate" in told and "candidates.text" in told
    assert unjudged_names() == ()


def test_what_an_endpoint_would_be_asked_is_told_without_asking_it(capsys, monkeypatch):
    monkeypatch.setenv("RERANKLAB_LLM_URL", "http://127.0.0.1:9/v1")
    assert main(["watch", LOG, "--documents", TEXTS, "--support", "chat:any", "--estimate", "--sample", "50"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("50 sampled answers: at most 100 calls, about ")
    assert main(["watch", LOG, "--estimate"]) == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--window", "week"], "Give day, hour, or a number of requests"),
        (["--mask", "names"], "--mask names is not known"),
        (["--sample", "10"], "Add --reference"),
        (["--out", "x"], "--out takes JSON or Prometheus text"),
        (["--support", "people", "--sample", "5"], "There is no judge 'people'"),
        (["--collect", "x", "--alert", "2"], "There is no alert 2. The log has 1."),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(capsys, options, says):
    assert main(["watch", LOG, *options]) == 2
    assert says in capsys.readouterr().err
