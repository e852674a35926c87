"""Edits of a document that ask a ranker one question each: what if it said the opposite, named another, were cut here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from reranklab.data.blank import is_blank
from reranklab.errors import InputError
from reranklab.explain import edit_steps as steps
from reranklab.explain.edit_steps import EditInput, TokenEnds
from reranklab.types import Document

Argument = Literal["none", "sentence", "number", "name", "tokens", "times"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One document before and after. `name` and `label` are those of the EditKind; `note` says what was changed."""

    name: str
    label: str
    before: Document
    after: Document
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditKind:
    """An edit on offer. `argument` is what its whole number counts, from 1: the sentence, number or name of the document's
    text; or how many tokens stay, or how many times words are added. `default` is that number where none is given.

    `apply` gives the edited document and a note; it raises InputError where the edit cannot be done.
    """

    name: str
    label: str
    help: str
    argument: Argument
    default: int
    apply: Callable[[EditInput], tuple[Document, str]]


def apply_edit(
    name: str,
    document: Document,
    *,
    argument: int | None = None,
    query: str = "",
    token_ends: TokenEnds | None = None,
) -> Edit:
    """The edit `name` of EDITS done to `document`, always the same for the same input.

    "repeat-keywords" needs the `query`, "cut" the `token_ends`: the end of each token in characters of `document.content`
    without special tokens, or a function that gives them for a text.
    Raises InputError for an unknown name and, saying why, where the edit cannot be done or would change nothing.
    """
    if name not in EDITS:
        raise InputError(f"There is no edit {name!r}. Choose one of: {', '.join(EDITS)}.")
    kind = EDITS[name]
    given = kind.default if argument is None else argument
    after, note = kind.apply(EditInput(document=document, argument=given, query=query, token_ends=token_ends))
    if is_blank(after.content):
        raise InputError(f"{kind.label} would leave nothing of document {document.id!r}. Choose another edit.")
    return Edit(name=name, label=kind.label, before=document, after=after, note=note)


_KINDS = (
    EditKind(
        name="negate",
        label="Negate a sentence",
        help="Puts “not” behind the first auxiliary of an English sentence, or takes it out.",
        argument="sentence",
        default=1,
        apply=steps.negate_sentence,
    ),
    EditKind(
        name="change-number",
        label="Change a number",
        help="Replaces one number in the text by another of the same format.",
        argument="number",
        default=1,
        apply=steps.with_number_changed,
    ),
    EditKind(
        name="change-name",
        label="Change a name",
        help="Replaces one name in the text, where it stands, by an invented one.",
        argument="name",
        default=1,
        apply=steps.with_name_changed,
    ),
    EditKind(
        name="remove-sentence",
        label="Remove a sentence",
        help="Takes one sentence out of the text.",
        argument="sentence",
        default=1,
        apply=steps.remove_sentence,
    ),
    EditKind(
        name="move-first",
        label="Move a sentence to the start",
        help="The same sentences, one of them first: shows whether their position counts.",
        argument="sentence",
        default=2,
        apply=steps.move_first,
    ),
    EditKind(
        name="move-last",
        label="Move a sentence to the end",
        help="The same sentences, one of them last: shows what truncation and position cost.",
        argument="sentence",
        default=1,
        apply=steps.move_last,
    ),
    EditKind(
        name="cut",
        label="Cut at a number of tokens",
        help="Keeps the first tokens of title and text, as the ranker's tokenizer counts them.",
        argument="tokens",
        default=32,
        apply=steps.cut,
    ),
    EditKind(
        name="repeat-keywords",
        label="Repeat keywords",
        help="Adds the query's content words to the end of the text, several times.",
        argument="times",
        default=3,
        apply=steps.repeat_keywords,
    ),
    EditKind(
        name="strip-title",
        label="Strip the title",
        help="Ranks the text without its title.",
        argument="none",
        default=0,
        apply=steps.strip_title,
    ),
    EditKind(
        name="add-instruction",
        label="Add an instruction to the LLM",
        help="Adds a sentence that asks the model to rank the passage first. A ranker should not obey it.",
        argument="none",
        default=0,
        apply=steps.add_instruction,
    ),
)

EDITS: Mapping[str, EditKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""The edits by name, in the order in which to list them."""


BY_HAND = "by-hand"
"""Stands among the names of edits for what was written by hand."""


def edit_label(names: str) -> str:
    """The edits of a version or a probe, joined by " + ", as people read them."""
    labels = {BY_HAND: "Written by hand"} | {name: kind.label for name, kind in EDITS.items()}
    return ", ".join(labels.get(name, name) for name in names.split(" + "))
