"""The address bar: query parameters written, and read with suspicion.

Never in there: pasted and uploaded text, file paths, endpoints and keys. A link comes from anyone, so what it asks for is
checked, and what it must not decide (running a model's own code) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from reranklab.data.beir import list_datasets
from reranklab.errors import InputError
from reranklab.models.catalogue import list_models
from reranklab.models.store import is_stored
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.reference import REMOTE_CODE, runs_code
from reranklab.ui.escape import shorten
from reranklab.ui.resources import devices, samples

Link = Mapping[str, list[str]]
LONGEST = 300
_LONGEST_RANKER = 2000
_MOST_RANKERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists here: the names of samples and datasets, and the ids of devices."""

    samples: Collection[str]
    datasets: Collection[str]
    devices: Collection[str]


def known_here(link: Link) -> Known:
    """What a link may name. Devices are looked up, which imports torch, only for a link that names another than cpu."""
    found = () if link.get("device", ["cpu"]) == ["cpu"] else devices()
    return Known(
        samples=samples(),
        datasets=[dataset.name for dataset in list_datasets()],
        devices=["cpu", *(device.id for device in found if device.available and device.id != "cpu")],
    )


def current_link() -> Link:
    """The parameters in the address bar."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def put_link(link: Link) -> None:
    """Write the parameters into the address bar, where they differ."""
    if current_link() != link:
        st.query_params.from_dict(link)


@dataclass(slots=True)
class LinkReader:
    """Reads checked values from query parameters, and remembers what it ignored."""

    link: Mapping[str, list[str]]
    ignored: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def text(self, name: str, default: str) -> str:
        self.read.add(name)
        values = self.link.get(name, [])
        if not values:
            return default
        if len(values) > 1 or len(values[0]) > LONGEST or not values[0].isprintable():
            self.ignore(name, values[-1])
            return default
        return values[0]

    def choice(self, name: str, default: str, options: Collection[str]) -> str:
        return self._checked(name, default, lambda value: value in options)

    def several(self, name: str, options: Collection[str]) -> list[str]:
        """Those of the values that are options, each once."""
        self.read.add(name)
        values = dict.fromkeys(self.link.get(name, []))
        for value in values:
            if value not in options:
                self.ignore(name, value)
        return [value for value in values if value in options]

    def number(self, name: str, default: int, low: int, high: int) -> int:
        def fits(value: str) -> bool:
            return value.isascii() and value.isdigit() and len(value) < 9 and low <= int(value) <= high

        return int(self._checked(name, str(default), fits))

    def rankers(self) -> list[RankerSpec]:
        self.read.add("ranker")
        specs: dict[str, RankerSpec] = {}
        for value in self.link.get("ranker", []):
            try:
                spec = parse_ranker_id(value[:_LONGEST_RANKER])
            except InputError:
                self.ignore("ranker", value)
                continue
            if not is_public(spec) or runs_code(spec) or len(specs) == _MOST_RANKERS:
                self.ignore("ranker", value)
                continue
            specs[spec.id] = spec
        return list(specs.values())

    def notice(self) -> str:
        """What was ignored, in words; empty where everything was used."""
        self._unknown()
        return f"Ignored in the link: {'; '.join(self.ignored)}." if self.ignored else ""

    def _unknown(self) -> None:
        for name in self.link:
            if name not in self.read and not name.startswith("embed"):
                self.ignore(name, "")

    def _checked(self, name: str, default: str, fits: Callable[[str], bool]) -> str:
        value = self.text(name, default)
        if value != default and not fits(value):
            self.ignore(name, value)
            return default
        return value

    def ignore(self, name: str, value: str) -> None:
        if len(self.ignored) < 6:
            self.ignored.append(shorten(f"{name}={value}" if value else name, limit=60))


def is_harmless(spec: RankerSpec) -> bool:
    """Whether a link may start this ranker at once: no download of another model, and no paid endpoint."""
    stored = not spec.model or any(entry.id == spec.model and is_stored(entry) for entry in list_models())
    return stored and all(map(is_harmless, spec.stages)) and not spec.can(Capability.HOSTED)  # asks models that exist


def is_name(text: str) -> bool:
    """A catalogue, hub or dataset name rather than a path of this machine."""
    is_path = text.startswith((".", "~", "/", "\\")) or "//" in text or ":" in text[:3]
    return not is_path and Path(text).suffix != ".zip"


def is_public(spec: RankerSpec) -> bool:
    """Whether neither it nor one of its stages names a path of this machine."""
    return is_name(spec.model) and all(map(is_public, spec.stages))


def without_code(spec: RankerSpec) -> RankerSpec:
    """Without what a link must not decide."""
    options = {name: value for name, value in spec.options.items() if name != REMOTE_CODE.name}
    return replace(spec, options=options, stages=tuple(map(without_code, spec.stages)))


def public_rankers(specs: Iterable[RankerSpec]) -> list[str]:
    """The ids of rankers as a link names them: each once, none with a path of this machine."""
    return list(dict.fromkeys(without_code(spec).id for spec in specs if is_public(spec)))
