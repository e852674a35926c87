"""What one session holds: its inputs, settings, running job and results.

Streamlit forgets the value of a widget that a run does not draw, and all widgets of a page that is left. So every value lives
here, and widgets only show it (see `widgets`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import streamlit as st

from reranklab.rankers.catalogue import default_rankers, find_family, parse_ranker_id
from reranklab.rankers.family import RankerSpec

if TYPE_CHECKING:
    from reranklab.engine.comparison import Comparison
    from reranklab.ui.explain.history import EditHistory
    from reranklab.ui.explain.work import Explanation
    from reranklab.ui.jobs import Job
    from reranklab.ui.ranking import RankingJob

Source = Literal["paste", "upload", "sample", "beir"]
SOURCES: Mapping[Source, str] = {"paste": "Paste", "upload": "Upload", "sample": "Sample", "beir": "BEIR"}
TOPS = (10, 20, 50, 100, 0)
"""How many rows the results show; 0 is all."""

INPUT_ORDER = "input"
_KEY = "reranklab"


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
class Reading:
    """What the Explain page shows of a document: how it was measured, which ranker's attention, and the document beside it."""

    method: str = ""
    trusted: str = ""
    attention_of: str = ""
    share: str = "crossing"
    map: str = "mean of all"
    layer: int = 0
    head: int = 0
    frame_words: bool = False
    calibrated: bool = True
    other: str = ""
    other_for: str = ""
    unit: str = "sentence"


@dataclass(slots=True, kw_only=True)
class View:
    """Everything that survives reruns, page switches and errors. Pasted text, uploads and the endpoint stay in here."""

    source: Source = "sample"
    paste_query: str = ""
    paste_text: str = ""
    paste_mode: str = "auto"
    upload_name: str = ""
    upload_content: bytes = b""
    upload_query: str = ""
    upload_mode: str = "auto"
    upload_header: str = "auto"
    upload_text_column: str | None = None
    upload_id_column: str | None = None
    upload_title_column: str | None = None
    upload_generation: int = 0
    collection: str = ""
    collection_query: str = ""
    dataset: str = ""
    split: str = "test"
    dataset_query: str = ""
    depth: int = 20
    add_judged: bool = False
    slots: list[Slot] = field(default_factory=list)
    device: str = "cpu"
    repeats: int = 1
    measure_again: bool = False
    baseline: str = ""
    top: int = 20
    selected: str = ""
    input_open: bool = True
    tab: str = ""
    endpoint_url: str = ""
    endpoint_key: str = ""
    endpoint_model: str = ""
    declared_model: str = ""
    declared_family: str = ""
    notices: list[str] = field(default_factory=list)
    problem: str = ""
    link_read: bool = False
    run_now: bool = False
    job: RankingJob | None = None
    comparison: Comparison | None = None
    tasks: dict[str, Job] = field(default_factory=dict)
    explain_next: bool = False
    explain_section: str = ""
    explanations: dict[str, Explanation] = field(default_factory=dict)
    edits: dict[str, EditHistory] = field(default_factory=dict)
    shuffled_ranker: str = ""
    shuffles: int = 5
    smaller_windows: bool = False
    score_view: str = ""
    as_probability: bool = False
    scatter: tuple[str, str] = ("", "")
    reading: Reading = field(default_factory=Reading)

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


def default_view() -> View:
    """One slot for each ranker that is on by default and whose packages are here."""
    view = View()
    for ranker in default_rankers():
        spec = parse_ranker_id(ranker)
        if not spec.family.missing:
            view.add_slot(spec)
    return view


def current_view(create: Callable[[], View] = default_view) -> View:
    """This session's view."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = create()
    view: View = st.session_state[_KEY]
    return view
