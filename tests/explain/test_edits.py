import re
from collections.abc import Sequence

import pytest

from reranklab.errors import InputError
from reranklab.explain.changes import diff
from reranklab.explain.edit_steps import INSTRUCTION, cut_at
from reranklab.explain.edits import EDITS, Edit, apply_edit
from reranklab.types import Document

DOCUMENT = Document(id="d1", title="On wings", text="The wing is 12 m long. In Rome it was built. It flew")


def word_ends(text: str) -> Sequence[int]:
    return [match.end() for match in re.finditer(r"\S+", text)]


def edited(name: str, argument: int | None = None, document: Document = DOCUMENT, query: str = "") -> Edit:
    return apply_edit(name, document, argument=argument, query=query, token_ends=word_ends)


@pytest.mark.parametrize(
    ("name", "argument", "text", "note"),
    [
        (
            "negate",
            2,
            "The wing is 12 m long. In Rome it was not built. It flew",
            'sentence 2: "was" became "was not"',
        ),
        ("change-number", 1, "The wing is 18 m long. In Rome it was built. It flew", 'number 1 of 1: "12" became "18"'),
        ("change-name", 1, "The wing is 12 m long. In Velmora it was built. It flew", 'name 1 of 1: "Rome" became "Velmora"'),
        ("remove-sentence", 1, "In Rome it was built. It flew", "sentence 1: removed"),
        ("remove-sentence", 3, "The wing is 12 m long. In Rome it was built.", "sentence 3: removed"),
        ("move-first", 2, "In Rome it was built. The wing is 12 m long. It flew", "sentence 2: moved to the start"),
        # A sentence without a full stop gets a paragraph of its own, so that it stays a sentence.
        ("move-first", 3, "It flew\n\nThe wing is 12 m long. In Rome it was built.", "sentence 3: moved to the start"),
        ("move-last", 1, "In Rome it was built. It flew\n\nThe wing is 12 m long.", "sentence 1: moved to the end"),
        ("add-instruction", None, f"{DOCUMENT.text}\n\n{INSTRUCTION}", f'added "{INSTRUCTION}"'),
    ],
)
def test_edits_of_the_text(name: str, argument: int | None, text: str, note: str) -> None:
    edit = edited(name, argument)
    assert (edit.name, edit.label, edit.before, edit.note) == (name, EDITS[name].label, DOCUMENT, note)
    assert edit.after == Document(id="d1", title="On wings", text=text)
    assert edited(name, argument) == edit
    assert "".join(change.text for change in diff(edit.before.text, edit.after.text) if change.kind != "removed") == text


def test_keywords_are_the_content_words_of_the_query() -> None:
    edit = edited("repeat-keywords", 2, query="What is the span of a Roman wing, and its span?")
    assert edit.after.text == f"{DOCUMENT.text}\n\nspan Roman wing span Roman wing"
    assert edit.note == "added 2 times: span Roman wing"
    assert edited("repeat-keywords", 1, query="wing").note == "added once: wing"


def test_strip_the_title() -> None:
    assert edited("strip-title").after == Document(id="d1", text=DOCUMENT.text)


@pytest.mark.parametrize(
    ("tokens", "title", "text"),
    [(1, "On", ""), (2, "On wings", ""), (3, "On wings", "The"), (6, "On wings", "The wing is 12")],
)
def test_a_cut_counts_title_and_text(tokens: int, title: str, text: str) -> None:
    after = edited("cut", tokens).after
    assert (after.title, after.text) == (title, text)
    assert after.content == " ".join(DOCUMENT.content.split()[:tokens])


@pytest.mark.parametrize(("title", "text"), [("", " a b c"), (" ", "a b c"), (" a", "b c"), ("a ", " b c")])
def test_a_cut_where_white_space_leads(title: str, text: str) -> None:
    document = Document(id="d", title=title, text=text)
    assert edited("cut", 2, document).after.content == document.content[: word_ends(document.content)[1]]


def test_cut_at() -> None:
    assert cut_at("one two three", [3, 7, 13], 2) == "one two"
    assert cut_at("one two three", word_ends, 1) == "one"
    with pytest.raises(InputError, match="cannot be cut at 0 tokens"):
        cut_at("one two", word_ends, 0)
    with pytest.raises(InputError, match="has 2 tokens: there is nothing to cut at 2"):
        cut_at("one two", word_ends, 2)


@pytest.mark.parametrize(
    ("name", "argument", "document", "message"),
    [
        ("double", None, DOCUMENT, "There is no edit 'double'. Choose one of: negate, change-number,"),
        ("negate", 4, DOCUMENT, "There is no sentence 4. The text has 3, counted from 1"),
        ("negate", 0, DOCUMENT, "There is no sentence 0."),
        ("negate", 1, Document(id="t", title="Only", text=""), "Document 't' has no sentence in its text"),
        ("move-first", 1, DOCUMENT, "Sentence 1 is the first already"),
        ("move-last", 3, DOCUMENT, "Sentence 3 is the last already"),
        ("remove-sentence", 1, Document(id="s", text="One."), "would leave nothing of document 's'"),
        ("strip-title", None, Document(id="n", text="x"), "Document 'n' has no title to strip"),
        ("strip-title", None, Document(id="n", title="x", text=""), "would leave nothing of document 'n'"),
        ("repeat-keywords", 0, DOCUMENT, "cannot be repeated 0 times. Give a number from 1 to 100"),
        ("cut", 99, DOCUMENT, "there is nothing to cut at 99"),
        ("change-name", 2, DOCUMENT, "There is no name 2. The text has 1"),
    ],
)
def test_edits_that_cannot_be_done(name: str, argument: int | None, document: Document, message: str) -> None:
    with pytest.raises(InputError) as caught:
        edited(name, argument, document, query="wing")
    assert message in str(caught.value)


def test_what_an_edit_needs() -> None:
    with pytest.raises(InputError, match="no content words to repeat"):
        edited("repeat-keywords", query="what is it?")
    with pytest.raises(InputError, match="needs a tokenizer"):
        apply_edit("cut", DOCUMENT, argument=2)


def test_every_edit_works_with_its_default() -> None:
    document = Document(id="d", title="Alps", text=f"The Rhine is 1,230 km long. It rises in Tessin. {'It flows on. ' * 20}")
    for name, kind in EDITS.items():
        edit = edited(name, None, document, query="Rhine length")
        assert edit.after != edit.before
        assert (kind.name, bool(kind.label and kind.help and edit.note)) == (name, True)
