"""Links: what a session becomes in the address bar, and what a stranger's link may do."""

from __future__ import annotations

import pytest

from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs.beir import BeirState
from reranklab.ui.inputs.paste import PasteState
from reranklab.ui.inputs.upload import UploadState
from reranklab.ui.links import Known, read_link, write_link
from reranklab.ui.state import SessionState, default_session

KNOWN = Known(samples=["polysemy"], datasets=["scifact"], devices=["cpu", "cuda:0"])


def read(**link: str | list[str]) -> SessionState:
    session = default_session()
    read_link(session, {name: [value] if isinstance(value, str) else value for name, value in link.items()}, KNOWN)
    return session


def test_a_session_comes_back_from_its_link():
    session = default_session()
    compare, beir = session.of(CompareState), session.of(BeirState)
    compare.source, beir.dataset, beir.split, beir.query = "beir", "scifact", "test", "q 1/ä"
    beir.depth, beir.add_judged, session.device, session.repeats, compare.rows = 50, True, "cuda:0", 7, 0
    session.slots.clear()
    session.add_slot(parse_ranker_id("cross-encoder?precision=int8"))
    compare.baseline = "cross-encoder?precision=int8"
    again = default_session()
    read_link(again, write_link(session), KNOWN)
    assert write_link(again) == write_link(session)
    assert again.notices == []
    assert [spec.id for spec in again.specs()] == ["cross-encoder?precision=int8"]


def test_texts_uploads_and_keys_stay_out():
    session = default_session()
    session.of(CompareState).source = "paste"
    session.of(PasteState).query, session.of(PasteState).text = "secret query", "secret text"
    session.of(UploadState).name = "secret.csv"
    session.endpoint("llm").url, session.endpoint("llm").key = "http://secret", "secret-key"
    session.selected = "secret-document"
    session.add_slot(parse_ranker_id("cross-encoder:/home/secret/model"))
    session.endpoint("tei").url, session.endpoint("tei").key = "http://secret-tei", "secret-tei-key"
    session.add_slot(parse_ranker_id("hosted:vllm//models/secret"))
    session.add_slot(parse_ranker_id("hosted:tei"))
    assert "secret" not in str(write_link(session))


def runs(**link: str) -> bool:
    return read(**link).of(CompareState).run_now


@pytest.mark.parametrize(
    "link",
    [
        {"source": "https://example.org"},
        {"collection": "../../etc"},
        {"k": "-1"},
        {"k": "٣"},
        {"runs": "1e3"},
        {"device": "cuda:99"},
        {"ranker": "cross-encoder:/etc"},
        {"ranker": "cross-encoder:someone/model?remote_code=allow"},
        {"ranker": "nothing"},
        {"query": "a" * 5000},
        {"query": "line\nbreak"},
        {"top": ["10", "20"]},
        {"<script>": "1"},
    ],
)
def test_a_parameter_that_cannot_be_used_is_ignored_and_named(link):
    session = read(**link)
    assert write_link(session) == write_link(default_session())
    (notice,) = session.notices
    assert notice.startswith(f"Ignored in the link: {next(iter(link))}")
    assert len(notice) < 120


def test_a_link_runs_only_what_is_harmless(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert runs(source="sample", collection="polysemy", ranker="bm25", run="1")
    assert not runs(source="sample", ranker="bm25")
    assert not runs(source="paste", ranker="bm25", run="1")
    assert not runs(source="sample", ranker="cross-encoder:someone/model", run="1")
    assert not runs(source="sample", ranker="cross-encoder:BAAI/bge-reranker-v2-m3", run="1")
    assert not runs(source="sample", ranker="listwise-llm?method=chat", run="1")
    assert not runs(source="sample", ranker="chunked(cross-encoder:nothing)", run="1")


def test_rankers_that_the_link_leaves_out_are_off():
    session = read(ranker=["bm25", "bm25?k1=2"])
    assert [(slot.family, slot.on) for slot in session.slots] == [
        ("bm25", True),
        ("bm25", True),
        ("bi-encoder", False),
        ("cross-encoder", False),
        ("listwise-llm", False),
    ]


def test_hidden_rankers_are_part_of_the_view():
    session = read(ranker=["bm25", "bm25?k1=2"], hide="bm25?k1=2")
    assert session.of(CompareState).hidden == {"bm25?k1=2"}
    assert write_link(session)["hide"] == ["bm25?k1=2"]
    again = default_session()
    read_link(again, write_link(session), KNOWN)
    assert again.of(CompareState).hidden == {"bm25?k1=2"}


def test_only_a_linked_ranker_can_be_hidden():
    session = read(ranker="bm25", hide=["bm25?k1=2", "<script>"])
    assert session.of(CompareState).hidden == frozenset()
    assert session.notices == ["Ignored in the link: hide=bm25?k1=2; hide=<script>."]
