"""The families that exist, and ranker ids as specs.

The project's own families are the modules of MODULES. Another package adds one with an entry point of the group
`reranklab.rankers` that names a Family.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from urllib.parse import parse_qsl, unquote

from reranklab.errors import InputError, MissingPackageError
from reranklab.models.loaded import Kind
from reranklab.rankers.family import Capability, Family, RankerSpec
from reranklab.rankers.named import PREFIX, find_named

MODULES = (
    "reranklab.rankers.bm25",
    "reranklab.rankers.vectors.biencoder",
    "reranklab.rankers.vectors.sparse",
    "reranklab.rankers.vectors.lateinteraction",
    "reranklab.rankers.crossencoders.crossencoder",
    "reranklab.rankers.generative.listwise",
    "reranklab.rankers.hosted",
    "reranklab.rankers.composed.chunked",
    "reranklab.rankers.composed.cascade",
    "reranklab.rankers.composed.hybrid",
    "reranklab.rankers.composed.mmr",
    "reranklab.rankers.votes.voting",
)
GROUP = "reranklab.rankers"
DEFAULT_RANKER = "cross-encoder"
"""The ranker of a script that names none: the best of the embedded ones."""

_logger = logging.getLogger(__name__)
_added: dict[str, Family] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The families by id, and why an entry point of another package gives none: name of the entry point to a sentence."""

    families: Mapping[str, Family]
    refusals: Mapping[str, str]


@cache
def discover() -> Discovery:
    """The project's own families, then those of other packages in the order of their entry points' names.

    An entry point that cannot be loaded, is no Family, or takes an id that is taken costs no other family anything.
    """
    found: dict[str, Family] = {family.id: family for family in (import_module(name).FAMILY for name in MODULES)}
    owners = dict.fromkeys((*found, PREFIX), "RerankLab itself")
    refusals: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, _package(point))):
        try:
            family = _load(point)
            if family.id in owners:
                raise InputError(f"its id {family.id!r} is taken by {owners[family.id]}")
        except InputError as error:
            refusals[point.name] = f"The ranker {point.name!r} of {_package(point)} is left out: {error}. Remove or mend it."
            continue
        found[family.id], owners[family.id] = family, _package(point)
    return Discovery(families=found, refusals=refusals)


def families() -> Mapping[str, Family]:
    """Every family by id."""
    return {**discover().families, **_added}


def add_family(family: Family) -> None:
    """Make a family known to this process, as an entry point makes it known to all; one added before with its id goes.

    Raises InputError where the id belongs to RerankLab or an installed package.
    """
    if family.id in (*discover().families, PREFIX):
        raise InputError(f"There is already a ranker {family.id!r}. Give the family another id.")
    _added[family.id] = family


def refusals() -> tuple[str, ...]:
    """What is wrong with rankers of other packages, a sentence each. Whoever starts a session says it once."""
    return tuple(discover().refusals.values())


def find_family(family_id: str) -> Family:
    """Raises InputError, naming what exists or why it is left out, for an unknown id."""
    family = families().get(family_id)
    if family is None:
        refused = discover().refusals.get(family_id, "")
        raise InputError(refused or f"There is no ranker {family_id!r}. Choose one of: {', '.join(families())}.")
    return family


def default_rankers() -> tuple[str, ...]:
    """The ids of the rankers that run where nobody chose any."""
    specs = (RankerSpec(family=family) for family in families().values() if not family.stages)
    return tuple(spec.id for spec in specs if spec.can(Capability.DEFAULT))


def installed_rankers() -> tuple[tuple[str, ...], str]:
    """`default_rankers` without those whose packages are missing, and a sentence on these; "" where none is missing.

    Raises MissingPackageError where none is left.
    """
    specs = [parse_ranker_id(ranker) for ranker in default_rankers()]
    here = tuple(spec.id for spec in specs if not spec.missing)
    left_out = [spec for spec in specs if spec.missing]
    if not here:
        raise MissingPackageError(" ".join(spec.remedy for spec in left_out))
    if not left_out:
        return here, ""
    titles = ", ".join(spec.family.title for spec in left_out)
    commands = " and ".join(dict.fromkeys(extra.command for spec in left_out if (extra := spec.family.needs(spec))))
    return here, f"Left out, since packages are missing: {titles}. Install them: {commands}."


def new_spec(family: Family) -> RankerSpec:
    """A spec of the family with nothing set."""
    return RankerSpec(family=family, stages=tuple(parse_ranker_id(stage) for stage in family.default_stages))


def parse_ranker_id(text: str) -> RankerSpec:
    """Parse and check FAMILY[:MODEL][(SPEC,SPEC)][?key=value&...], see RankerSpec, or tuned:NAME, a ranker that was saved.

    Raises InputError naming what is wrong and what exists.
    """
    return _parse(text.strip(), names=True)


def _parse(text: str, *, names: bool) -> RankerSpec:
    """`names` says whether saved rankers may be named; what was saved names none."""
    head, inside, tail = _parts(text)
    family_id, _, model = head.partition(":")
    if names and family_id == PREFIX:
        if inside is not None or tail:
            raise InputError(f"{head} is a ranker as it was saved. Write it without brackets and options.")
        return _saved(unquote(model))
    family = find_family(family_id)
    if model and not family.kinds and family.check_model is None:
        raise InputError(f"{family_id} has no model to choose: write {family_id!r} instead of {head!r}.")
    options: dict[str, str] = {}
    for name, value in parse_qsl(tail, keep_blank_values=True):
        option = family.option(name)
        if option.choices and value not in option.choices:
            raise InputError(f"{family_id}: {name}={value} does not exist. Choose one of: {', '.join(option.choices)}.")
        options[name] = value
    if tail and not options:
        raise InputError(f"{text!r} has options that cannot be read. Write them as ?key=value&key=value.")
    written = family.default_stages if inside is None else _split(inside)
    stages = tuple(_parse(stage.strip(), names=names) for stage in written)
    if len(stages) != family.stages:
        example = f"{family_id}({','.join(family.default_stages)})" if family.stages else family_id
        raise InputError(f"{family_id} holds {family.stages or 'no'} other rankers, not {len(stages)}. Write {example!r}.")
    model = unquote(model)
    if model and family.check_model is not None:
        family.check_model(model)
    return RankerSpec(family=family, model="" if model == family.default_model else model, options=options, stages=stages)


def _saved(name: str) -> RankerSpec:
    named = find_named(name)
    try:
        return _parse(named.ranker, names=False)
    except InputError as error:
        raise InputError(f"{named.id} stands for {named.ranker}, which does not work here. {error}") from error


def kinds() -> Mapping[str, Kind]:
    """Every kind of model that some family runs, as the first of them describes it, and those that judge answers."""
    from reranklab.models.entailment import ENTAILMENT_KINDS

    found: dict[str, Kind] = dict(ENTAILMENT_KINDS)
    for family in families().values():
        found = {**family.kinds, **found}
    return found


def _package(point: EntryPoint) -> str:
    return f"the package {point.dist.name} {point.dist.version}" if point.dist is not None else "a package without a name"


def _load(point: EntryPoint) -> Family:
    """Raises InputError with what is wrong."""
    try:
        family = point.load()
        if isinstance(family, Family) and not family.stages:
            family.capabilities(RankerSpec(family=family))  # asked wherever rankers are listed
    except Exception as error:  # another package may raise anything
        _logger.info("The entry point %s of %s cannot be loaded", point.value, _package(point), exc_info=True)
        raise InputError(f"{point.value} cannot be loaded ({type(error).__name__}: {_first_line(error)})") from error
    if not isinstance(family, Family):
        raise InputError(f"{point.value} is no Family but of the type {type(family).__name__}")
    return family


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")


def _parts(text: str) -> tuple[str, str | None, str]:
    """Head, what stands in brackets behind it (None without brackets), and options."""
    ends = [place for place in (text.find("("), text.find("?")) if place >= 0]
    start = min(ends, default=len(text))
    head, rest = text[:start], text[start:]
    if not rest.startswith("("):
        return head, None, rest[1:]
    depth = 0
    for place, character in enumerate(rest):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            inside, behind = rest[1:place], rest[place + 1 :]
            if behind and not behind.startswith("?"):
                break
            return head, inside, behind[1:]
    raise InputError(f"The brackets of {text!r} do not match. Write FAMILY(RANKER,RANKER)?key=value.")


def _split(inside: str) -> Iterator[str]:
    """At commas outside of brackets."""
    depth = start = 0
    for place, character in enumerate(inside):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            yield inside[start:place]
            start = place + 1
    yield inside[start:]
