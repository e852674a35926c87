"""What counts as no text, and that every reader and check asks the same question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.blank import is_blank
from reranklab.data.text import parse_pasted
from reranklab.data.upload import guess_columns, read_upload, to_documents
from reranklab.engine.measure import WARMUP_DOCUMENTS
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.errors import InputError
from reranklab.rankers.base import check_input
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query

UNSEEN = [
    "", " ", "\n\t", "\u200b", "\u200b \u200d", "\ufeff", "\u00ad\u2060", "\u3164", "\u115f\u1160", "\u2800", "\ufe0f",
    "\u034f", "\U000e0041\U000e007f", "\u202e\u202c", "\u2028", "\u00a0\u3000", "\x00\x1f", "\u180e",
]  # fmt: skip
SEEN = ["a", "\u200ba", "¿", "🎉", "\u0301", "\ufffd", "\u0600", "ㅤ字", "\ue000", "."]


@pytest.mark.parametrize("text", UNSEEN)
def test_nothing_to_see(text: str) -> None:
    assert is_blank(text)
    with pytest.raises(InputError, match="query is empty"):
        check_input(Query(text=text), [Document(id="d", text="wing")])
    with pytest.raises(InputError, match="All 2 documents are blank"):
        check_input(Query(text="wing"), [Document(id="d", text=text), Document(id="e", text=text, title=text)])


@pytest.mark.parametrize("text", SEEN)
def test_something_to_see(text: str) -> None:
    assert not is_blank(text)
    check_input(Query(text=text), [Document(id="d", text=text)])


@given(st.lists(st.sampled_from(UNSEEN)))
def test_nothing_and_nothing_is_nothing(parts: list[str]) -> None:
    assert is_blank("".join(parts))
    assert not is_blank("".join([*parts, "x"]))


def test_readers_leave_out_what_cannot_be_seen() -> None:
    assert [d.text for d in parse_pasted("one\n\u200b\ntwo", mode="lines").documents] == ["one", "two"]
    assert [d.text for d in parse_pasted("one\nmore\n\u200b \u2060\ntwo").documents] == ["one\nmore", "two"]
    for name, content in [
        ("a.txt", "one\n\u200b\ntwo"),
        ("a.csv", "text\none\n\u200b\ntwo"),
        ("a.tsv", "text\none\n\u200b\ntwo"),
        ("a.jsonl", '{"text": "one"}\n\u200b\n{"text": "\\u200b"}\n{"text": "two"}'),
    ]:
        table = read_upload(name, content.encode())
        documents = to_documents(table, text_column=guess_columns(table).text).documents
        assert [d.text for d in documents] == ["one", "two"], name


@pytest.mark.parametrize("content", ["\u200b", "\u200b\n\u2060\n", "\u3164"])
def test_a_file_without_anything_to_see_is_empty(content: str) -> None:
    with pytest.raises(InputError, match="is empty"):
        read_upload("a.txt", content.encode())
    with pytest.raises(InputError, match="no text"):
        parse_pasted(content)


def test_a_warm_up_begins_with_documents_that_can_be_seen() -> None:
    documents = [Document(id=f"d{n}", text="\u200b") for n in range(WARMUP_DOCUMENTS)] + [Document(id="last", text="wing")]
    settings = RunSettings(specs=(parse_ranker_id("bm25"),))
    (run,) = compare(listed(Query(text="wing"), documents), settings).runs
    assert run.ranking is not None, run.message
    assert run.ranking.items[0].id == "last"
