"""What explanations ask of a rerank service: nothing unasked, since each call may cost money."""

from __future__ import annotations

import pytest

from reranklab.explain.catalogue import analyses
from reranklab.rankers.catalogue import parse_ranker_id
from tests.explain.subjects import make_subject
from tests.services.rerank_server import serve_service


def test_no_analysis_calls_a_service_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_service("tei") as server:
        monkeypatch.setenv("RERANKLAB_TEI_URL", server.url)
        subject = make_subject(other="rich", specs=[parse_ranker_id("hosted:tei")])
        (ranking,) = subject.rankings
        before = len(server.requests)
        asking = []
        for analysis in analyses().values():
            if not analysis.needs <= subject.specs[0].capabilities:
                continue
            settings = {"edits": "negate"} if analysis.id == "what-if" else {}
            cost = analysis.cost(subject, ranking, analysis.settings(settings))
            if cost.amount:
                asking.append(analysis.id)
                assert not cost.at_once, analysis.id
                assert cost.charged and cost.words.endswith("The endpoint may charge for each call."), analysis.id
        assert {"leave-one-out", "what-if", "compare", "faithfulness", "stability"} <= set(asking)
        assert len(server.requests) == before
