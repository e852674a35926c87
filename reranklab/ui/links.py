"""The address bar: ids and settings of a session as query parameters, and back.

Never in there: pasted and uploaded text, file paths, endpoints and keys. A link comes from anyone, so what it asks for is
checked, and what it must not decide (running a model's own code) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from reranklab.engine.request import MAX_REPEATS
from reranklab.errors import InputError
from reranklab.models.catalogue import list_models
from reranklab.models.store import is_stored
from reranklab.rankers.catalogue import default_rankers, families, parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.reference import REMOTE_CODE
from reranklab.ui.compare_state import INPUT_ORDER, ROWS, SOURCES, CompareState, Source
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.beir import MAX_DEPTH, BeirState
from reranklab.ui.inputs.sample import SampleState
from reranklab.ui.state import SessionState, Slot

_LONGEST = 300
_MOST_RANKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists here: the names of samples and datasets, and the ids of devices."""

    samples: Collection[str]
    datasets: Collection[str]
    devices: Collection[str]


def write_link(session: SessionState) -> dict[str, list[str]]:
    """The query parameters of a session's Compare page."""
    compare, sample, beir = session.of(CompareState), session.of(SampleState), session.of(BeirState)
    link: dict[str, list[str]] = {"source": [compare.source]}
    if compare.source == "sample":
        link |= {"collection": [sample.collection], "query": [sample.query]}
    elif compare.source == "beir" and _is_name(beir.dataset):
        link |= {"dataset": [beir.dataset], "split": [beir.split], "query": [beir.query], "k": [str(beir.depth)]}
        if beir.add_judged:
            link["judged"] = ["add"]
    specs = [_without_code(slot.spec) for slot in session.slots if slot.on and _is_valid(slot)]
    link["ranker"] = list(dict.fromkeys(spec.id for spec in specs if _is_public(spec)))
    link |= {"device": [session.device], "runs": [str(session.repeats)], "top": [str(compare.rows or "all")]}
    if compare.baseline and _is_name(compare.baseline.partition(":")[2]):
        link["baseline"] = [compare.baseline]
    public = session.comparison is not None and session.comparison.request.public and compare.source in ("sample", "beir")
    if public and session.selected:
        link["doc"] = [session.selected]
    return {name: values for name, values in link.items() if any(values)}


def read_link(session: SessionState, link: Mapping[str, list[str]], known: Known) -> None:
    """Set the session from query parameters. What cannot be used is left out and named in the session's notices."""
    compare, sample, beir = session.of(CompareState), session.of(SampleState), session.of(BeirState)
    reader = _Reader(link)
    compare.source = cast(Source, reader.choice("source", compare.source, SOURCES))
    sample.collection = reader.choice("collection", sample.collection, known.samples)
    beir.dataset = reader.choice("dataset", beir.dataset, known.datasets)
    beir.split = reader.text("split", beir.split)
    query = reader.text("query", "")
    if compare.source == "sample" and query:
        sample.query = query
    elif compare.source == "beir" and query:
        beir.query = query
    beir.depth = reader.number("k", beir.depth, 1, MAX_DEPTH)
    beir.add_judged = reader.choice("judged", "", ("", "add")) == "add"
    session.device = reader.choice("device", session.device, known.devices)
    session.repeats = reader.number("runs", session.repeats, 1, MAX_REPEATS)
    rows = {str(number or "all"): number for number in ROWS}
    compare.rows = rows[reader.choice("top", str(compare.rows or "all"), rows)]
    session.selected = reader.text("doc", "")
    specs = reader.rankers()
    if specs:
        _put_rankers(session, specs)
    offered = {INPUT_ORDER, *(spec.id for spec in specs), *families()}
    compare.baseline = reader.choice("baseline", compare.baseline, offered)
    asked = reader.choice("run", "0", ("0", "1")) == "1"
    compare.run_now = asked and compare.source in ("sample", "beir") and _harmless(specs)
    reader.unknown()
    if reader.ignored:
        session.notices.append(f"Ignored in the link: {'; '.join(reader.ignored)}.")


@dataclass(slots=True)
class _Reader:
    link: Mapping[str, list[str]]
    ignored: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def text(self, name: str, default: str) -> str:
        self.read.add(name)
        values = self.link.get(name, [])
        if not values:
            return default
        if len(values) > 1 or len(values[0]) > _LONGEST or not values[0].isprintable():
            self._ignore(name, values[-1])
            return default
        return values[0]

    def choice(self, name: str, default: str, options: Collection[str]) -> str:
        return self._checked(name, default, lambda value: value in options)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        def fits(value: str) -> bool:
            return value.isascii() and value.isdigit() and len(value) < 9 and low <= int(value) <= high

        return int(self._checked(name, str(default), fits))

    def rankers(self) -> list[RankerSpec]:
        self.read.add("ranker")
        specs: dict[str, RankerSpec] = {}
        for value in self.link.get("ranker", []):
            try:
                spec = parse_ranker_id(value[:_LONGEST])
            except InputError:
                self._ignore("ranker", value)
                continue
            if not _is_public(spec) or _runs_code(spec) or len(specs) == _MOST_RANKERS:
                self._ignore("ranker", value)
                continue
            specs[spec.id] = spec
        return list(specs.values())

    def unknown(self) -> None:
        for name in self.link:
            if name not in self.read and not name.startswith("embed"):
                self._ignore(name, "")

    def _checked(self, name: str, default: str, fits: Callable[[str], bool]) -> str:
        value = self.text(name, default)
        if value != default and not fits(value):
            self._ignore(name, value)
            return default
        return value

    def _ignore(self, name: str, value: str) -> None:
        if len(self.ignored) < 6:
            self.ignored.append(shorten(f"{name}={value}" if value else name, limit=60))


def _put_rankers(session: SessionState, specs: list[RankerSpec]) -> None:
    """The linked rankers on, the default ones that the link leaves out there but off."""
    session.slots.clear()
    linked = {spec.family.id for spec in specs}
    rest = [parse_ranker_id(ranker) for ranker in default_rankers()]
    everything = [*((spec, True) for spec in specs), *((spec, False) for spec in rest if spec.family.id not in linked)]
    order = list(families())
    for spec, on in sorted(everything, key=lambda pair: order.index(pair[0].family.id)):
        session.add_slot(spec, on=on)


def _harmless(specs: list[RankerSpec]) -> bool:
    """Whether a link may start these rankers at once: no download of another model, and no paid endpoint."""
    stored = {entry.id for entry in list_models() if any(entry.id == spec.model for spec in specs) and is_stored(entry)}
    return all(
        (not spec.model or spec.model in stored) and not spec.can(Capability.HOSTED) and _harmless(list(spec.stages))
        for spec in specs
    )


def _is_name(text: str) -> bool:
    """A catalogue, hub or dataset name rather than a path of this machine."""
    return not text.startswith((".", "~", "/", "\\")) and ":" not in text[:3] and Path(text).suffix != ".zip"


def _is_public(spec: RankerSpec) -> bool:
    """Whether neither it nor one of its stages names a path of this machine."""
    return _is_name(spec.model) and all(map(_is_public, spec.stages))


def _runs_code(spec: RankerSpec) -> bool:
    return spec.options.get(REMOTE_CODE.name) == "allow" or any(map(_runs_code, spec.stages))


def _is_valid(slot: Slot) -> bool:
    try:
        return bool(slot.spec)
    except InputError:
        return False


def _without_code(spec: RankerSpec) -> RankerSpec:
    """Without what a link must not decide."""
    options = {name: value for name, value in spec.options.items() if name != REMOTE_CODE.name}
    return replace(spec, options=options, stages=tuple(map(_without_code, spec.stages)))
