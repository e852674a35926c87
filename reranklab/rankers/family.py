"""What a ranker is, and its family: options, what it can do, and how a ranker is built. A spec names one ranker."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

from reranklab.errors import InputError, MissingPackageError
from reranklab.extras import Extra
from reranklab.models.loaded import Kind
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.estimate import Estimate, Workload
from reranklab.types import Document, Query, Ranking, ScoreScale

if TYPE_CHECKING:
    from reranklab.data.statistics import StatisticsSource
    from reranklab.models.device import Device
    from reranklab.services.endpoint import Endpoint

_MODEL_SAFE = "/:@~\\ +=!$&';"
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


class Capability(StrEnum):
    """What a ranker can do, or is. Pages, commands and explanations ask for these, never for a family's name."""

    DEFAULT = "default"
    """Runs where nobody chose a ranker."""
    POINTWISE = "pointwise"
    """A document's score depends on the query and that document alone, never on the other candidates."""
    ORDER_FREE = "order-free"
    """Scores do not depend on the order of the candidates: only ties can change places."""
    CHEAP = "cheap"
    """Ranks a list in milliseconds and without a model, so that explanations may call it unasked."""
    STATISTICS = "statistics"
    """Uses a collection's term statistics where there is a collection."""
    TERMS = "terms"
    """Its score is a sum over terms that it can tell (see `AddsTerms`)."""
    EXPANSION = "expansion"
    """Its score is a sum over terms that both texts have, be it that they stand there or not (`ExpandsTerms`)."""
    TOKEN_MATCHES = "token-matches"
    """Its score is a sum over the query's tokens, each matched by one of the document (`MatchesTokens`)."""
    PAIR_ATTENTION = "pair-attention"
    """Its attention between query and document can be read (`AttendsPairs`)."""
    PASSAGE_ATTENTION = "passage-attention"
    """Its attention from the query to each passage of a prompt can be read (`AttendsPassages`)."""
    WORD_VECTORS = "word-vectors"
    """Its vectors of single words can be compared (`ComparesWords`)."""
    GRADIENTS = "gradients"
    """Its score can be differentiated (`Differentiable`)."""
    SEARCHES = "searches"
    """Finds the best documents of a whole collection by itself (`searching.Searches`)."""
    TOKENIZER = "tokenizer"
    """Can tell where its tokens end in a text (`Tokenizes`)."""
    TRUNCATES = "truncates"
    """Cuts texts that are too long for it."""
    PASSAGES = "passages"
    """Splits documents into passages; one of them decides a document's score."""
    WINDOWED = "windowed"
    """Orders a long list window by window, with the options `window` and `step`."""
    INSTRUCTION = "instruction"
    """Honours an instruction."""
    HOSTED = "hosted"
    """Computes elsewhere: times contain the network, and the documents leave this machine."""
    ENDPOINT = "endpoint"
    """Needs an address, and perhaps a key, of the session or the environment."""


Capabilities = frozenset[Capability]


class Ranker(Protocol):
    """Orders candidates for a query.

    `rank` returns a full permutation of `documents`, ties in input order, the same for the same input, with one measured
    run in its timing. It raises InputError for input it cannot use, ModelError for a model that fails, and Cancelled
    within one batch, window or call after `cancel` is set. `load` makes the model ready and is idempotent.
    """

    @property
    def spec(self) -> RankerSpec: ...

    @property
    def id(self) -> str:
        """The canonical ranker id, such as "cross-encoder?precision=int8"."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this ranker can do."""
        ...

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None: ...

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting of a family. `choices` is empty where any value of the default's kind goes. `only` names values of other
    options, by their names, without which it does nothing: a page shows it beside these alone."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Builder(Protocol):
    """Builds rankers, those of stages too. The engine has one."""

    def __call__(self, spec: RankerSpec) -> Ranker: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """What a ranker is built into. `statistics` are those of a whole collection, None where the candidates are all there is;
    `endpoints` are the session's, one a service; where it has none the environment's is used. `build` builds the rankers of
    stages."""

    device: Device
    build: Builder
    statistics: StatisticsSource | None = None
    endpoints: Sequence[Endpoint] = ()


def _own(spec: RankerSpec) -> RankerSpec:
    return spec


def _as_it_is(spec: RankerSpec, device: str) -> RankerSpec:
    return spec


def _none(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    return ()


def _base_install(spec: RankerSpec) -> Extra | None:
    return None


def _unknown(spec: RankerSpec, load: Workload) -> Estimate | None:
    return None


def _here(spec: RankerSpec) -> str:
    return ""


def _cost(spec: RankerSpec) -> CostClass:
    can = spec.capabilities
    return (
        CostClass.SERVICE if Capability.HOSTED in can else CostClass.NO_MODEL if Capability.CHEAP in can else CostClass.UNTOLD
    )


def _model_name(spec: RankerSpec) -> str:
    return (spec.model or spec.family.default_model).rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A way of ranking. One module makes it and exports it as FAMILY.

    `kinds` are the catalogue kinds whose models it runs, each with its loader; without any there is no model to choose.
    `stages` is how many rankers a spec of it holds. `scales` are the scales that its scores can have.
    """

    id: str
    title: str
    summary: str
    colour: str
    capabilities: Callable[[RankerSpec], Capabilities]
    """What a ranker of a spec can do: the one place that knows."""
    build: Callable[[RankerSpec, BuildContext], Ranker]
    """Builds a ranker; nothing is loaded yet. Raises InputError, ModelError."""
    scales: tuple[ScoreScale, ...]
    options: tuple[Option, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    check_model: Callable[[str], None] | None = None
    """For a family whose models are on other machines: raises InputError for a name that names none."""
    default_model: str = ""
    stages: int = 0
    default_stages: tuple[str, ...] = ()
    """Ranker ids of the stages of a new spec."""
    cost: Callable[[RankerSpec], CostClass] = _cost
    """What one list costs a ranker of a spec; without it, what its capabilities tell."""
    needs: Callable[[RankerSpec], Extra | None] = _base_install
    """What a ranker of a spec needs beyond the base install, without its stages."""
    describe: Callable[[RankerSpec], str] = _model_name
    """The model without its owner, or what else tells rankers of the family apart, in a few words."""
    service: Callable[[RankerSpec], str] = _here
    """The id of the service (see `services`) that a ranker of a spec asks; "" for one that computes here."""
    exact: Callable[[RankerSpec], RankerSpec] = _own
    """The spec that reads one text at a time, so that no score depends on the texts beside it."""
    settings: Callable[[RankerSpec, str], tuple[RankerSpec, ...]] = _none
    """The same ranker in other precisions and batches on a device: what should not change its order."""
    estimate: Callable[[RankerSpec, Workload], Estimate | None] = _unknown
    """What ranking a list asks of a model. None where it reads each document once at most and no call is charged. Raises
    InputError for an option that does not work."""
    plainest: Callable[[RankerSpec, str], RankerSpec] = _as_it_is
    """Of the specs that compute the same on a device, the one nearest to the defaults."""
    reference: Callable[[RankerSpec], RankerSpec] = _own
    """The same ranker with nothing given up for speed, which its loss of quality is measured against; the spec itself where
    nothing is."""

    def __post_init__(self) -> None:
        """Raise InputError for what no page or command could use."""
        if not _ID.fullmatch(self.id):
            raise InputError(f"The family id {self.id!r} does not work. Use small letters, digits and -.")
        if not _COLOUR.fullmatch(self.colour):
            raise InputError(f"The colour {self.colour!r} of the family {self.id} does not work. Write it as #RRGGBB.")
        for option in self.options:
            if option.choices and option.default not in option.choices:
                raise InputError(f"{self.id}: the default {option.default!r} of {option.name} is not among its choices.")

    def option(self, name: str) -> Option:
        """Raises InputError for a name that the family does not have."""
        for option in self.options:
            if option.name == name:
                return option
        has = f"It has: {', '.join(option.name for option in self.options)}." if self.options else "It has none."
        raise InputError(f"{self.id} has no option {name!r}. {has}")

    def matters(self, option: Option, options: Mapping[str, str]) -> bool:
        """Whether an option does something beside the values that are set."""
        return all(options.get(name, self.option(name).default) in values for name, values in option.only.items())

    def has_option(self, name: str) -> bool:
        return any(option.name == name for option in self.options)

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that a ranker of it with nothing set needs and that are not installed."""
        return RankerSpec(family=self).missing

    @property
    def remedy(self) -> str:
        """How to get what is missing; "" where nothing is."""
        return RankerSpec(family=self).remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerSpec:
    """One ranker of a family, as its id says. `options` holds only what was set; `model` is "" for the family's default.

    The text form is FAMILY[:MODEL][(SPEC,SPEC)][?key=value&key=value]. Inside of brackets a spec is written as anywhere else,
    so that each ? and & belongs to the spec whose brackets it stands in. Values are percent-encoded, brackets and commas in
    them too.
    """

    family: Family
    model: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[RankerSpec, ...] = ()

    @property
    def id(self) -> str:
        """The canonical form: options sorted by name, defaults left out."""
        base = f"{self.family.id}:{quote(self.model, safe=_MODEL_SAFE)}" if self.model else self.family.id
        if self.stages:
            base += f"({','.join(stage.id for stage in self.stages)})"
        shown = {name: value for name, value in sorted(self.options.items()) if value != self.family.option(name).default}
        return f"{base}?{urlencode(shown, quote_via=quote)}" if shown else base

    @property
    def capabilities(self) -> Capabilities:
        return self.family.capabilities(self)

    @property
    def reference(self) -> RankerSpec:
        """The same ranker, and the same stages, with nothing given up for speed."""
        return self.family.reference(replace(self, stages=tuple(stage.reference for stage in self.stages)))

    @property
    def cost(self) -> CostClass:
        """What one list costs it."""
        return self.family.cost(self)

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that it needs itself, apart from its stages, and that are not installed."""
        extra = self.family.needs(self)
        return extra.missing if extra else ()

    @property
    def remedy(self) -> str:
        """How to get what is missing; "" where nothing is."""
        extra = self.family.needs(self)
        return extra.remedy(self.family.title) if extra else ""

    def check_available(self) -> None:
        """Raise MissingPackageError, with the remedy, where a package is missing."""
        if remedy := self.remedy:
            raise MissingPackageError(remedy)

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def estimate(self, load: Workload) -> Estimate | None:
        """See Family.estimate."""
        return self.family.estimate(self, load)

    def option(self, name: str) -> str:
        """The value set, or the family's default. Raises InputError for a name that the family does not have."""
        return self.options.get(name, self.family.option(name).default)

    def integer(self, name: str, *, low: int, high: int) -> int:
        """The option as a whole number. Raises InputError outside of `low` to `high`."""
        value = self.option(name)
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise InputError(f"{self.family.id}: {name}={value} does not work. Give a whole number from {low} to {high}.")
        return int(value)

    def number(self, name: str, *, low: float, high: float) -> float:
        """The option as a number. Raises InputError outside of `low` to `high`."""
        value = self.option(name)
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise InputError(f"{self.family.id}: {name}={value} does not work. Give a number from {low:g} to {high:g}.")
        return number

    def with_options(self, **options: str) -> RankerSpec:
        """The same spec with these options set."""
        return replace(self, options={**self.options, **options})


def services_of(spec: RankerSpec) -> frozenset[str]:
    """The ids of the services that a ranker asks, those of its stages too."""
    own = spec.family.service(spec)
    return frozenset({own} if own else ()).union(*map(services_of, spec.stages))
