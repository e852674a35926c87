"""Links: what a view becomes in the address bar, and what a stranger's link may do."""

from __future__ import annotations

import pytest

from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui.links import Known, read_link, write_link
from reranklab.ui.state import View, default_view

KNOWN = Known(samples=["polysemy"], datasets=["scifact"], devices=["cpu", "cuda:0"])


def read(**link: str | list[str]) -> View:
    view = default_view()
    read_link(view, {name: [value] if isinstance(value, str) else value for name, value in link.items()}, KNOWN)
    return view


def test_a_view_comes_back_from_its_link():
    view = default_view()
    view.source, view.dataset, view.split, view.dataset_query = "beir", "scifact", "test", "q 1/ä"
    view.depth, view.add_judged, view.device, view.repeats, view.top = 50, True, "cuda:0", 7, 0
    view.slots.clear()
    view.add_slot(parse_ranker_id("cross-encoder?precision=int8"))
    view.baseline = "cross-encoder?precision=int8"
    again = default_view()
    read_link(again, write_link(view), KNOWN)
    assert write_link(again) == write_link(view)
    assert again.notices == []
    assert [spec.id for spec in again.specs()] == ["cross-encoder?precision=int8"]


def test_texts_uploads_and_keys_stay_out():
    view = default_view()
    view.source, view.paste_query, view.paste_text = "paste", "secret query", "secret text"
    view.upload_name, view.endpoint_url, view.endpoint_key = "secret.csv", "http://secret", "secret-key"
    view.selected = "secret-document"
    view.add_slot(parse_ranker_id("cross-encoder:/home/secret/model"))
    assert "secret" not in str(write_link(view))


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
    view = read(**link)
    assert write_link(view) == write_link(default_view())
    (notice,) = view.notices
    assert notice.startswith(f"Ignored in the link: {next(iter(link))}")
    assert len(notice) < 120


def test_a_link_runs_only_what_is_harmless(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert read(source="sample", collection="polysemy", ranker="bm25", run="1").run_now
    assert not read(source="sample", ranker="bm25").run_now
    assert not read(source="paste", ranker="bm25", run="1").run_now
    assert not read(source="sample", ranker="cross-encoder:someone/model", run="1").run_now
    assert not read(source="sample", ranker="cross-encoder:BAAI/bge-reranker-v2-m3", run="1").run_now
    assert not read(source="sample", ranker="listwise-llm?method=chat", run="1").run_now


def test_rankers_that_the_link_leaves_out_are_off():
    view = read(ranker=["bm25", "bm25?k1=2"])
    assert [(slot.family, slot.on) for slot in view.slots] == [
        ("bm25", True),
        ("bm25", True),
        ("bi-encoder", False),
        ("cross-encoder", False),
        ("listwise-llm", False),
    ]
