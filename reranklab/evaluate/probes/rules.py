"""Rules that make a minimal pair of a query and a document that answers it, each with what a ranker should do.

A rule is conservative: where it cannot be sure that the edited document means what it says, it makes nothing and says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from reranklab.data.folding import fold
from reranklab.data.spans import sentence_spans
from reranklab.errors import InputError
from reranklab.evaluate.probes.probe import Expected
from reranklab.evaluate.probes.texts import check_english, find_answer, is_question, terms_of, unrelated_sentences, word_count
from reranklab.explain.edits import apply_edit
from reranklab.explain.substitutes import INVENTED_NAMES, change_number, name_spans, number_spans
from reranklab.types import Document, Query

SHORT = 150
"""Words of a document whose end every ranker reads: about 200 tokens."""
_APPENDED = 25
_NEGATIVE = re.compile(
    r"\b(?:not|no|non|never|none|nobody|nothing|neither|nor|without|cannot|hardly|rarely|seldom|lacks?|lacking|absence|fail\w*"
    r"|unable|unlikely|except|few|little)\b|n['’]t\b",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"\b(?:am|is|are|was|were|can|could|will|would|shall|should|may|might|must|has|have|had|do|does|did)\b", re.IGNORECASE
)
_UNSURE_BEFORE = re.compile(
    r"[,;:(]|\b(?:that|which|who|whom|whose|because|if|when|while|although|though|whether|where|as|since|unless|until|all|every"
    r"|each|some|any|many|most|only|both|either|and|or|but|there)\b",
    re.IGNORECASE,
)


_NO_NAMES = frozenset({"celsius", "fahrenheit", "kelvin", "wi-fi", "internet"})
_REFERS_BACK = re.compile(
    r"\W*(?:\w+\W+){0,5}?(?:this|these|that|those|it|its|they|them|their|he|him|his|she|her|such|both|however|then|here|there"
    r"|instead|also|therefore|thus|hence|moreover|furthermore|otherwise|another|others?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A query, a document that answers it, and documents that do not, in the order in which to draw on them."""

    query: Query
    document: Document
    others: Sequence[Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A minimal pair. `note` says what was changed."""

    original: Document
    edited: Document
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`make` raises InputError, with a reason that begins in the middle of a sentence, where the rule does not apply."""

    name: str
    capability: str
    help: str
    expected: Expected
    make: Callable[[Pair], Made]


def _negate(pair: Pair) -> Made:
    answer = find_answer(pair.query.text, pair.document)
    if _NEGATIVE.search(pair.query.text) or _NEGATIVE.search(answer.sentence):
        raise InputError("query or sentence is negative already")
    found = _AUXILIARY.findall(answer.sentence)
    if len(found) != 1 or found[0].lower() in ("may", "might") or answer.sentence.rstrip().endswith("?"):
        raise InputError("the sentence has not one verb that “not” would turn")
    if is_question(pair.query.text):
        raise InputError("the opposite may answer a question as well")
    before, _, after = answer.sentence.partition(found[0])
    if not before.strip() or _UNSURE_BEFORE.search(before):
        raise InputError("the sentence's main verb is not sure")
    asked = terms_of(pair.query.text)
    if not asked & terms_of(before) or not asked & terms_of(after):
        raise InputError("the query's words are not on both sides of the verb")
    return _edited("negate", pair, answer.number, contains=' became "')


def _swap_number(pair: Pair) -> Made:
    wanted = [text for span in number_spans(pair.query.text) if len(re.sub("[^0-9]", "", text := span.of(pair.query.text))) > 1]
    document = pair.document
    for number in wanted:
        if number not in [span.of(document.text) for span in number_spans(document.text)]:
            continue
        if re.search(
            rf"[\w.,–-]{re.escape(number)}|{re.escape(number)}(?:[-–(]|[.,]?\d)", f"{pair.query.text} {document.content}"
        ):
            raise InputError("the number is part of a range, a code or a name")
        if not _is_in_answer(number, pair):
            raise InputError("the number stands apart from the query's other words")
        text, new = _every_number(document.text, number)
        title, _ = _every_number(document.title, number)
        if new is None or new in pair.query.text or new in document.content:
            raise InputError("no other number would be clear")
        if re.search(rf"(?<![0-9]){re.escape(number)}(?![0-9])", f"{title} {text}"):
            raise InputError("the number stays in a date or a code")
        return Made(
            original=document, edited=replace(document, title=title, text=text), note=f'"{number}" became "{new}" everywhere'
        )
    raise InputError("the document has no number of two digits or more from the query")


def _is_in_answer(number: str, pair: Pair) -> bool:
    """Whether a sentence with the number holds another term of the query."""
    asked = terms_of(pair.query.text) - terms_of(number)
    sentences = [span.of(pair.document.text) for span in sentence_spans(pair.document.text)]
    return any(asked & terms_of(sentence) for sentence in sentences if number in sentence)


def _every_number(text: str, number: str) -> tuple[str, str | None]:
    """The text with another number wherever `number` stands, and that number; None where it stands nowhere, or would not
    become the same everywhere."""
    places = [place for place, span in enumerate(number_spans(text), start=1) if span.of(text) == number]
    found = set()
    for place in places:
        text, _ = change_number(text, which=place)
        found.add(number_spans(text)[place - 1].of(text))
    return text, found.pop() if len(found) == 1 else None


def _swap_entity(pair: Pair) -> Made:
    document = pair.document
    names = list(dict.fromkeys(span.of(document.text) for span in name_spans(document.text)))
    for name in names:
        if len(name) < 4 or fold(name) in _NO_NAMES or not re.search(rf"\b{re.escape(name)}\b", pair.query.text):
            continue
        if re.search(rf"\b{re.escape(name.lower())}\b", document.content):
            raise InputError("the name is an ordinary word too")
        if re.search(rf"\b{name[0]}\. ?[a-z]", document.content):
            raise InputError("the name may stand abbreviated too")
        held = f"{document.content} {pair.query.text}".casefold()
        new = next((each for each in INVENTED_NAMES if each.casefold() not in held and each[:2] != name[:2]), None)
        if new is None:
            raise InputError("the document holds every name that could be put in")
        edited = replace(document, title=_renamed(document.title, name, new), text=_renamed(document.text, name, new))
        return Made(original=document, edited=edited, note=f'"{name}" became "{new}" everywhere')
    raise InputError("the document has no name from the query")


def _renamed(text: str, old: str, new: str) -> str:
    return re.sub(rf"\b{re.escape(old)}\b", new, text, flags=re.IGNORECASE)


def _remove_answer(pair: Pair) -> Made:
    answer = find_answer(pair.query.text, pair.document, sentences=3)
    return _edited("remove-sentence", pair, answer.number)


def _move_answer(pair: Pair) -> Made:
    _check_short(pair.document)
    answer = find_answer(pair.query.text, pair.document, sentences=3)
    if answer.number == answer.sentences:
        raise InputError("the sentence is the last already")
    spans = sentence_spans(pair.document.text)
    if any(_REFERS_BACK.match(span.of(pair.document.text)) for span in spans[answer.number - 1 : answer.number + 1]):
        raise InputError("the sentence or the next one may refer to the one before")
    return _edited("move-last", pair, answer.number)


def _bury(pair: Pair, *, depth: int) -> Made:
    """Both versions begin with the same text of other documents; the document follows in one, and more of that in the other."""
    document = pair.document
    length = word_count(document.text)
    if length < 20:
        raise InputError("the document is too short to stand for an answer")
    lead = unrelated_sentences(pair.query.text, pair.others, words=depth)
    whole = unrelated_sentences(pair.query.text, pair.others, words=word_count(lead) + length)
    if not whole.startswith(lead):
        raise InputError("there is no text to go on with")
    buried = f"{lead}\n\n{document.text}"
    return Made(
        original=Document(id=document.id, text=buried),
        edited=Document(id=document.id, text=whole),
        note=f"the document follows {word_count(lead):,} words of others; in the edited one more of others follows",
    )


def _append_irrelevant(pair: Pair) -> Made:
    _check_short(pair.document)
    added = unrelated_sentences(pair.query.text, pair.others, words=_APPENDED)
    edited = replace(pair.document, text=f"{pair.document.text.rstrip()} {added}")
    return Made(original=pair.document, edited=edited, note=f'added "{added}"')


def _repeat_query(pair: Pair) -> Made:
    _check_short(pair.document)
    return _edited("repeat-keywords", pair, 3)


def _instruct(pair: Pair) -> Made:
    _check_short(pair.document)
    return _edited("add-instruction", pair, None)


def _check_short(document: Document) -> None:
    if word_count(document.content) > SHORT:
        raise InputError(f"the document is longer than {SHORT} words, so its end may not be read")


def _edited(name: str, pair: Pair, argument: int | None, *, contains: str = "") -> Made:
    edit = apply_edit(name, pair.document, argument=argument, query=pair.query.text)
    if contains not in edit.note:
        raise InputError("the sentence has no verb that “not” would turn")
    return Made(original=edit.before, edited=edit.after, note=edit.note)


_RULES = (
    Rule(
        name="negate",
        capability="negation",
        help="The sentence that answers says the opposite.",
        expected="lower",
        make=_negate,
    ),
    Rule(
        name="swap-number",
        capability="numbers",
        help="A number of the query, wherever the document has it, is another.",
        expected="lower",
        make=_swap_number,
    ),
    Rule(
        name="swap-entity",
        capability="entities",
        help="A name of the query, wherever the document has it, is an invented one.",
        expected="lower",
        make=_swap_entity,
    ),
    Rule(
        name="remove-answer",
        capability="answer",
        help="The sentence that answers is gone.",
        expected="lower",
        make=_remove_answer,
    ),
    Rule(
        name="bury-200",
        capability="depth 200",
        help="The document behind 200 words of others, against as many words of others alone.",
        expected="lower",
        make=lambda pair: _bury(pair, depth=200),
    ),
    Rule(
        name="bury-500",
        capability="depth 500",
        help="The document behind 500 words of others, against as many words of others alone.",
        expected="lower",
        make=lambda pair: _bury(pair, depth=500),
    ),
    Rule(
        name="move-answer",
        capability="sentence order",
        help="The sentence that answers stands last.",
        expected="same",
        make=_move_answer,
    ),
    Rule(
        name="append-irrelevant",
        capability="irrelevant text",
        help="Sentences of another document, without a word of the query, follow.",
        expected="not-higher",
        make=_append_irrelevant,
    ),
    Rule(
        name="repeat-query",
        capability="keyword stuffing",
        help="The query's words follow three times.",
        expected="not-higher",
        make=_repeat_query,
    ),
    Rule(
        name="add-instruction",
        capability="instruction",
        help="A sentence that asks a language model to put the passage first follows.",
        expected="not-higher",
        make=_instruct,
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _RULES})
"""The rules by name, in the order in which to list them."""


def applied(rule: Rule, pair: Pair) -> Made:
    """The minimal pair of a rule. Raises InputError, saying why, where the rule does not apply."""
    check_english(pair.document.text)
    if not terms_of(pair.query.text):
        raise InputError("the query has no content words")
    made = rule.make(pair)
    if made.original.content == made.edited.content:
        raise InputError("the edit changes nothing")
    return made
