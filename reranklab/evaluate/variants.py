"""Variants of one evaluation that should not change its results: another precision or batch, or the same input otherwise
written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from reranklab.errors import InputError
from reranklab.evaluate.experiment import RankingTask
from reranklab.evaluate.task_set import TaskSet
from reranklab.explain.settings import setting_in_words
from reranklab.explain.shuffles import shuffled
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Document

_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChange:
    """What is done to the query and the candidates. `number` says what its number means; empty for a change without one."""

    name: str
    help: str
    apply: Callable[[RankingTask, int], RankingTask]
    number: str = ""
    default: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A ranker, and a change of its input or none. `name` is its text form, `words` what is done otherwise."""

    name: str
    words: str
    spec: RankerSpec
    change: Callable[[RankingTask], RankingTask] | None = None

    def tasks(self, task_set: TaskSet) -> TaskSet:
        """The tasks as this variant reads them."""
        if self.change is None:
            return task_set
        return replace(task_set, tasks=tuple(self.change(task) for task in task_set.tasks), change=self.name)


def _other_order(task: RankingTask, seed: int) -> RankingTask:
    return replace(task, documents=tuple(shuffled(task.documents, seed=f"{seed} {task.query.id}")))


def _white_space(task: RankingTask, number: int) -> RankingTask:
    def spaced(text: str) -> str:
        return f"\n {text.replace(' ', '  ')} \n" if text else text

    documents = tuple(replace(each, title=spaced(each.title).strip(), text=spaced(each.text)) for each in task.documents)
    return replace(task, query=replace(task.query, text=spaced(task.query.text)), documents=documents)


def _without_title(task: RankingTask, number: int) -> RankingTask:
    """A document that is its title alone stays as it is."""

    def bare(document: Document) -> Document:
        return replace(document, title="") if document.text.strip() else document

    return replace(task, documents=tuple(map(bare, task.documents)))


def _first_words(task: RankingTask, number: int) -> RankingTask:
    def cut(document: Document) -> Document:
        end = next(
            (match.end() for place, match in enumerate(re.finditer(r"\S+", document.content), 1) if place == number), None
        )
        return document if end is None else replace(document, title="", text=document.content[:end])

    return replace(task, documents=tuple(map(cut, task.documents)))


CHANGES = MappingProxyType(
    {
        change.name: change
        for change in (
            InputChange(name="order", help="candidates in a shuffled order", apply=_other_order, number="seed", default=1),
            InputChange(name="white-space", help="each space doubled, line ends around each text", apply=_white_space),
            InputChange(name="no-title", help="documents without their titles", apply=_without_title),
            InputChange(
                name="words", help="the first words of each document alone", apply=_first_words, number="words", default=100
            ),
        )
    }
)
"""The changes of the input by name. The last two change what a ranker reads, so they may change its results."""


def parse_variant(text: str, spec: RankerSpec) -> Variant:
    """The variant of a ranker that `text` names: options as in a ranker id ("precision=int8"), or a change of the input with
    its number ("order:2").

    Raises InputError for a name, an option or a number that does not exist.
    """
    if "=" in text:
        return _with_options(text, spec)
    name, colon, written = text.partition(":")
    if name not in CHANGES:
        raise InputError(f"There is no variant {text!r}. Write OPTION=VALUE of the ranker, or one of: {', '.join(CHANGES)}.")
    change = CHANGES[name]
    if colon and not (change.number and re.fullmatch("[0-9]{1,6}", written) and 0 < int(written) <= _MOST):
        needs = f"Write {name}:{change.default}" if change.number else f"Write {name} alone"
        raise InputError(f"The variant {text!r} does not work. {needs}.")
    number = int(written) if colon else change.default
    words = f"{change.help} ({change.number} {number})" if change.number else change.help
    full = f"{name}:{number}" if change.number else name
    return Variant(name=full, words=words, spec=spec, change=lambda task: change.apply(task, number))


def default_variants(spec: RankerSpec, *, device: str) -> tuple[Variant, ...]:
    """The other precisions and batches that the ranker has on the device, a shuffled order where the order may count, and
    other white space."""
    settings = tuple(
        Variant(name=_options_text(spec, other), words=setting_in_words(spec, other), spec=other)
        for other in spec.family.settings(spec, device)
    )
    order = () if spec.can(Capability.ORDER_FREE) else (parse_variant("order", spec),)
    return (*settings, *order, parse_variant("white-space", spec))


def chosen_variants(names: Sequence[str], spec: RankerSpec, *, device: str) -> tuple[Variant, ...]:
    """Each named variant once, or the default ones. Raises InputError as `parse_variant` does, and for the ranker itself."""
    if not names:
        return default_variants(spec, device=device)
    found = {variant.name: variant for variant in (parse_variant(name, spec) for name in names)}
    for variant in found.values():
        if variant.change is None and variant.spec.id == spec.id:
            raise InputError(f"The variant {variant.name!r} is the ranker {spec.id} itself. Choose another value.")
    return tuple(found.values())


def _with_options(text: str, spec: RankerSpec) -> Variant:
    options: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        option = spec.family.option(name)
        if option.choices and value not in option.choices:
            raise InputError(f"{spec.family.id}: {name} cannot be {value!r}. Choose one of: {', '.join(option.choices)}.")
        options[name] = value
    other = spec.with_options(**options)
    name = _options_text(spec, other) or text
    return Variant(name=name, words=name, spec=other)


def _options_text(spec: RankerSpec, other: RankerSpec) -> str:
    """The options of `other` that differ, as in a ranker id."""
    changed = {name: value for name, value in sorted(other.options.items()) if value != spec.option(name)}
    return "&".join(f"{name}={value}" for name, value in changed.items())
