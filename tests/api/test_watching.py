"""`rl.watch`: the numbers of the command line, and the requests behind an alert as a collection."""

import json
from pathlib import Path

import pytest

import reranklab as rl
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from tests.contract.command import run_command

LIMITS = 'days = 30\n[[limit]]\nno_alert = "longer_documents"\n'


def test_the_report_is_that_of_the_command_line(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text(LIMITS, encoding="utf-8")
    asked = {"documents": sample_documents_path(), "reference": "bm25", "sample": 40, "window": "100", "check": limits}
    result = rl.watch(sample_log_path(), **asked)
    status, out, _ = run_command(
        "watch", str(sample_log_path()), "--documents", str(sample_documents_path()), "--reference", "bm25", "--sample", "40",
        "--window", "100", "--check", str(limits), "--format", "json",
    )  # fmt: skip
    assert (status, json.loads(out)) == (1, json.loads(result.to_json()))
    (alert,) = result
    assert alert.cause == "longer_documents" and "Longer documents" in repr(result) and "<table>" in result._repr_html_()
    assert [each.state for each in result.outcomes] == ["fail"]
    assert list(result.to_pandas()["requests"]) == [100, 100, 100, 60]
    assert "reranklab_watch_requests 360" in result.to_prometheus()
    for name in result.figures:
        assert result.figure(name).words
    assert result.figures == ("latency", "lengths", "scores", "sample")


def test_the_requests_behind_an_alert_are_ranked_anew() -> None:
    result = rl.watch(sample_log_path(), documents=sample_documents_path())
    (alert,) = result
    behind = result.behind(alert, requests=5)
    assert behind.requests == 5 and behind.of == alert.places.size
    first = behind.ranked[0]
    assert {item.id for item in rl.rank(first.query, first.documents, "bm25")} == {each.id for each in first.documents}
    folder = result.collect(alert, "alerts", requests=5)
    assert len((folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()) == len(behind.queries)
    with pytest.raises(rl.InputError, match=r"There is no figure 'sample'. Choose one of: latency, lengths, scores"):
        result.figure("sample")


def test_a_log_of_the_time_before_is_what_is_usual(tmp_path: Path) -> None:
    lines = sample_log_path().read_text(encoding="utf-8").splitlines()
    before, after = tmp_path / "before.jsonl", tmp_path / "after.jsonl"
    before.write_text("\n".join(lines[:240]), encoding="utf-8")
    after.write_text("\n".join(lines[240:]), encoding="utf-8")
    result = rl.watch(after, baseline=before)
    assert result.report.requests == len(lines)
    assert result.report.baseline_until == float(result.log.columns.time[240])
    with pytest.raises(rl.InputError, match="Requests of the baseline are later"):
        rl.watch(before, baseline=after)
    with pytest.raises(rl.InputError, match="There is no log to read"):
        rl.watch([])
