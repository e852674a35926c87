"""What an analysis is: a question about a ranking, with what it needs, what it costs, and what its answer says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from reranklab.errors import InputError
from reranklab.explain.cost import FREE, Cost
from reranklab.explain.sections import Section
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import ask
from reranklab.rankers.family import Capabilities, Option, Ranker
from reranklab.types import Ranking

Scope = Literal["document", "pair", "list"]
"""What an answer is about: the subject's document, it and the other one, or the whole list whichever document is chosen."""

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The settings of one run of an analysis, all of them, as `Analysis.settings` checked them."""

    values: Mapping[str, str]
    owner: str

    def text(self, name: str) -> str:
        return self.values[name]

    def integer(self, name: str, *, low: int, high: int) -> int:
        """Raises InputError outside of `low` to `high`."""
        value = self.values[name]
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise InputError(f"{self.owner}: {name}={value} does not work. Give a whole number from {low:,} to {high:,}.")
        return int(value)


class Run(Protocol[R_co]):
    """How every analysis is run. `ranker` is the one that gave `ranking`, as the run built it, and can do what the analysis
    needs. Raises InputError where the question has no answer, and Cancelled soon after `cancel` is set."""

    def __call__(
        self,
        subject: Subject,
        ranker: Ranker,
        ranking: Ranking,
        parameters: Parameters,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> R_co: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of an answer for people: the same for a terminal and a page. None stands for what there is not."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


class Drawn(Protocol):
    """A figure with its text alternative, as `plots` makes them; nothing here draws."""

    @property
    def figure(self) -> Any: ...

    @property
    def words(self) -> str: ...


def _free(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    return FREE


def _silent(subject: Subject, finding: Finding[Any]) -> tuple[str, ...]:
    return ()


def _no_table(subject: Subject, finding: Finding[Any]) -> Table | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(Generic[R]):
    """A question about one ranker's ranking. One module makes it and exports it as ANALYSIS.

    `id` is used in commands, caches and tests; `title` and `summary` are for people. `key` names the answer in JSON, `id`
    where it is empty; analyses with answers of one kind share a key. `section` is where the page shows it, one of its own
    where there is none. `record` gives the answer as plain values, `words` says it in sentences, `table` in rows.
    `draw` is for analyses of other packages: findings of the same analysis, one a ranker, to figures. The drawings of the
    project's own are in `plots`, which stands above this room.
    """

    id: str
    title: str
    summary: str
    run: Run[R]
    record: Callable[[R], dict[str, Any]]
    key: str = ""
    section: Section | None = None
    needs: Capabilities = frozenset()
    scope: Scope = "document"
    options: tuple[Option, ...] = ()
    cost: Callable[[Subject, Ranking, Parameters], Cost] = _free
    words: Callable[[Subject, Finding[R]], tuple[str, ...]] = _silent
    table: Callable[[Subject, Finding[R]], Table | None] = _no_table
    draw: Callable[[Subject, Sequence[Finding[R]]], Sequence[Drawn]] | None = None
    own_section: Section = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "own_section", self.section or Section(id=self.id, title=self.title, summary=self.summary))

    @property
    def record_key(self) -> str:
        return self.key or self.id

    def settings(self, given: Mapping[str, str] | None = None) -> Parameters:
        """The defaults with `given` in their place. Raises InputError for a name or a value that does not exist."""
        known = {option.name: option for option in self.options}
        for name, value in (given or {}).items():
            if name not in known:
                has = f"It has: {', '.join(known)}." if known else "It has none."
                raise InputError(f"{self.id} has no parameter {name!r}. {has}")
            choices = known[name].choices
            if choices and value not in choices:
                raise InputError(f"{self.id}: {name}={value} does not exist. Choose one of: {', '.join(choices)}.")
        return Parameters(values={name: option.default for name, option in known.items()} | dict(given or {}), owner=self.id)

    def fits(self, capabilities: Capabilities) -> bool:
        """Whether a ranker that can do this can be asked."""
        return self.needs <= capabilities

    def check(self, ranker: Ranker) -> None:
        """Raises InputError, saying what works instead, where the ranker cannot do what is needed."""
        for capability in sorted(self.needs):
            ask(ranker, capability, object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Generic[R]):
    """The `result` of an analysis of a subject for the ranker with that id."""

    analysis: Analysis[R]
    ranker: str
    parameters: Parameters
    result: R
