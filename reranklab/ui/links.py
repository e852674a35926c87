"""The address bar: ids and settings of a view as query parameters, and back.

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
from reranklab.ui.escape import shorten
from reranklab.ui.state import INPUT_ORDER, SOURCES, TOPS, Slot, Source, View

MAX_DEPTH = 1000
_LONGEST = 300
_MOST_RANKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists here: the names of samples and datasets, and the ids of devices."""

    samples: Collection[str]
    datasets: Collection[str]
    devices: Collection[str]


def write_link(view: View) -> dict[str, list[str]]:
    """The query parameters of a view."""
    link: dict[str, list[str]] = {"source": [view.source]}
    if view.source == "sample":
        link |= {"collection": [view.collection], "query": [view.collection_query]}
    elif view.source == "beir" and _is_name(view.dataset):
        link |= {"dataset": [view.dataset], "split": [view.split], "query": [view.dataset_query], "k": [str(view.depth)]}
        if view.add_judged:
            link["judged"] = ["add"]
    specs = [_without_code(slot.spec) for slot in view.slots if slot.on and _is_valid(slot)]
    link["ranker"] = list(dict.fromkeys(spec.id for spec in specs if _is_public(spec)))
    link |= {"device": [view.device], "runs": [str(view.repeats)], "top": [str(view.top or "all")]}
    if view.baseline and _is_name(view.baseline.partition(":")[2]):
        link["baseline"] = [view.baseline]
    public = view.comparison is not None and view.comparison.request.public and view.source in ("sample", "beir")
    if public and view.selected:
        link["doc"] = [view.selected]
    return {name: values for name, values in link.items() if any(values)}


def read_link(view: View, link: Mapping[str, list[str]], known: Known) -> None:
    """Set the view from query parameters. What cannot be used is left out and named in the view's notices."""
    reader = _Reader(link)
    view.source = cast(Source, reader.choice("source", view.source, SOURCES))
    view.collection = reader.choice("collection", view.collection, known.samples)
    view.dataset = reader.choice("dataset", view.dataset, known.datasets)
    view.split = reader.text("split", view.split)
    query = reader.text("query", "")
    if view.source == "sample" and query:
        view.collection_query = query
    elif view.source == "beir" and query:
        view.dataset_query = query
    view.depth = reader.number("k", view.depth, 1, MAX_DEPTH)
    view.add_judged = reader.choice("judged", "", ("", "add")) == "add"
    view.device = reader.choice("device", view.device, known.devices)
    view.repeats = reader.number("runs", view.repeats, 1, MAX_REPEATS)
    tops = {str(top or "all"): top for top in TOPS}
    view.top = tops[reader.choice("top", str(view.top or "all"), tops)]
    view.selected = reader.text("doc", "")
    specs = reader.rankers()
    if specs:
        _put_rankers(view, specs)
    offered = {INPUT_ORDER, *(spec.id for spec in specs), *families()}
    view.baseline = reader.choice("baseline", view.baseline, offered)
    view.run_now = reader.choice("run", "0", ("0", "1")) == "1" and view.source in ("sample", "beir") and _harmless(specs)
    reader.unknown()
    if reader.ignored:
        view.notices.append(f"Ignored in the link: {'; '.join(reader.ignored)}.")


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


def _put_rankers(view: View, specs: list[RankerSpec]) -> None:
    """The linked rankers on, the default ones that the link leaves out there but off."""
    view.slots.clear()
    linked = {spec.family.id for spec in specs}
    rest = [parse_ranker_id(ranker) for ranker in default_rankers()]
    everything = [*((spec, True) for spec in specs), *((spec, False) for spec in rest if spec.family.id not in linked)]
    order = list(families())
    for spec, on in sorted(everything, key=lambda pair: order.index(pair[0].family.id)):
        view.add_slot(spec, on=on)


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
