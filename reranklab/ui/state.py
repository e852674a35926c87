"""What one session holds for all pages: rankers, device, endpoints, the running job and the last results.

Streamlit forgets the value of a widget that a run does not draw, and all widgets of a page that is left. So every value lives
here, or in the state that a page or source keeps for itself (`SessionState.of`), and widgets only show it (see `widgets`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.rankers.catalogue import default_rankers, find_family, parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.ui.ranking import PendingRun

_KEY = "reranklab"
_Part = TypeVar("_Part")


@dataclass(slots=True, kw_only=True)
class Slot:
    """A ranker of the sidebar. `number` names its widgets and never changes."""

    number: int
    family: str
    on: bool = True
    model: str = ""
    options: dict[str, str] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)

    @property
    def spec(self) -> RankerSpec:
        """Raises InputError for a value that the family does not take."""
        stages = tuple(parse_ranker_id(stage) for stage in self.stages)
        spec = RankerSpec(family=find_family(self.family), model=self.model, options=self.options, stages=stages)
        return parse_ranker_id(spec.id)


@dataclass(slots=True, kw_only=True)
class EndpointState:
    """An endpoint of a service as it was typed. It stays in memory: never in a link or a file. `model` is a chat endpoint's."""

    url: str = ""
    key: str = field(default="", repr=False)
    model: str = ""


@dataclass(slots=True, kw_only=True)
class SessionState:
    """What several pages share. `selected` is the id of the document that Compare marks and Explain explains.

    `origin` is what an address says of the input of `comparison`; empty where nothing of it may be in one.
    """

    slots: list[Slot] = field(default_factory=list)
    device: str = "cpu"
    repeats: int = 1
    endpoints: dict[str, EndpointState] = field(default_factory=dict)
    pending: PendingRun | None = None
    comparison: Comparison | None = None
    origin: Mapping[str, list[str]] = field(default_factory=dict)
    selected: str = ""
    notices: list[str] = field(default_factory=list)
    _parts: dict[type[Any], Any] = field(default_factory=dict)

    def of(self, part: type[_Part]) -> _Part:
        """The state that a page or source keeps, of its own class: `session.of(PasteState)`. Made at its first use."""
        if part not in self._parts:
            self._parts[part] = part()
        own: _Part = self._parts[part]
        return own

    def endpoint(self, service: str) -> EndpointState:
        """What was typed for a service, by its id: one for all rankers that ask it."""
        return self.endpoints.setdefault(service, EndpointState())

    def specs(self) -> tuple[RankerSpec, ...]:
        """The rankers that are on, each once. Raises InputError for an option that does not work."""
        return tuple({slot.spec.id: slot.spec for slot in self.slots if slot.on}.values())

    def add_slot(self, spec: RankerSpec, *, on: bool = True) -> None:
        number = max((slot.number for slot in self.slots), default=-1) + 1
        self.slots.append(
            Slot(
                number=number,
                family=spec.family.id,
                on=on,
                model=spec.model,
                options=dict(spec.options),
                stages=[stage.id for stage in spec.stages],
            )
        )


def default_session() -> SessionState:
    """One slot for each ranker that is on by default and whose packages are here."""
    session = SessionState()
    for ranker in default_rankers():
        spec = parse_ranker_id(ranker)
        if not spec.family.missing:
            session.add_slot(spec)
    return session


def current_session(create: Callable[[], SessionState] = default_session) -> SessionState:
    """This session's state."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = create()
    session: SessionState = st.session_state[_KEY]
    return session
