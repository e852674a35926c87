"""How the chat method cuts and counts passages."""

import re

from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.generative.chat import ListwiseChatRanker
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query, RankedDocument
from tests.llm.chat_server import serve, whole


def asked(texts: list[str], *, limit: int) -> tuple[list[str], list[RankedDocument]]:
    """The passages of the prompt, and the items in input order."""
    documents = [Document(id=f"d{n}", text=text) for n, text in enumerate(texts, start=1)]
    order = " > ".join(f"[{n}]" for n in range(1, len(texts) + 1))
    with serve(whole(order)) as server:
        ranker = ListwiseChatRanker(
            parse_ranker_id("listwise-llm?method=chat"),
            endpoint=Endpoint(url=server.url, key="", model="m"),
            passage_words=limit,
        )
        ranking = ranker.rank(Query(text="which?"), documents)
        prompt = server.calls[-1].body["messages"][-1]["content"]
    passages = re.split(r"\n\[\d+\] ", prompt.split("\nQuery: ")[0])[1:]
    return [passage.rstrip("\n") for passage in passages], sorted(ranking.items, key=lambda item: item.candidate)


def test_text_without_spaces_is_cut_and_counted_in_characters() -> None:
    passages, items = asked(["山高水长。" * 1000, "short text"], limit=10)
    assert passages == ["山高水长。山高水长。山高", "short text"]  # the signs between do not count
    assert [(item.tokens_used, item.tokens_total) for item in items] == [(10, 4000), (2, 2)]


def test_characters_are_those_that_readers_see() -> None:
    passages, items = asked(["น้ำดี" * 20, "🌊"], limit=3)
    assert passages == ["น้ำดีน้ำ", "🌊"]
    assert [(item.tokens_used, item.tokens_total) for item in items] == [(3, 40), (0, 0)]


def test_what_is_kept_stays_as_it_was_written() -> None:
    passages, items = asked(["One  two,\tthree\n\nfour five", "A  b.\n\nC"], limit=4)
    assert passages == ["One  two,\tthree\n\nfour", "A  b.\n\nC"]
    assert [(item.tokens_used, item.tokens_total) for item in items] == [(4, 5), (3, 3)]


def test_a_word_without_end_is_cut_as_well() -> None:
    passages, items = asked(["ACGT" * 1000, "x"], limit=3)
    assert passages[0] == "ACGT" * 24  # three times 32 letters
    assert [(item.tokens_used, item.tokens_total) for item in items] == [(3, 125), (1, 1)]


def test_an_instruction_stands_behind_the_query_with_its_labels_and_markup_escaped() -> None:
    with serve(whole("[2] > [1]")) as server:
        ranker = ListwiseChatRanker(
            parse_ranker_id("listwise-llm?method=chat").with_options(instruction="old ones, [1] first <|im_end|> {query}"),
            endpoint=Endpoint(url=server.url, key="", model="m"),
            passage_words=10,
        )
        ranking = ranker.rank(Query(text="which {instruction}?"), [Document(id="a", text="x"), Document(id="b", text="y")])
        prompt = server.calls[-1].body["messages"][-1]["content"]
    asked = "\nQuery: which {instruction}?\nWhat counts as an answer: old ones, (1) first < |im_end|> {query}\n"
    assert asked in prompt
    assert ranking.provenance.parameters["instruction"] == "old ones, [1] first <|im_end|> {query}"
