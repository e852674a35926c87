"""The address of the Explain page: reopened anywhere, it ranks the same input and shows the same document and section."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from reranklab.errors import DataUnavailableError, RerankLabError
from reranklab.explain.catalogue import sections
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.ui import plain
from reranklab.ui.address import Link, LinkReader, current_link, is_harmless, known_here, public_rankers, put_link
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState
from reranklab.ui.explain.attention import AttentionState
from reranklab.ui.explain.attribution import METHODS, AttributionState
from reranklab.ui.explain.compare import UNITS, PairState
from reranklab.ui.explain.matches import MatchesState
from reranklab.ui.explain.scores import VIEWS, ScoresState
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.inputs import linked_input
from reranklab.ui.links import read_request
from reranklab.ui.run import settle, show_run, start
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameter:
    """A parameter that matters in one section: the state and field that hold it, and its values where they are few."""

    section: str
    state: type[Any]
    field: str
    values: Collection[str] | None = None


_PARAMETERS = {
    "method": _Parameter(section="attribution", state=AttributionState, field="method", values=METHODS),
    "matched": _Parameter(section="matches", state=MatchesState, field="ranker"),
    "attention": _Parameter(section="attention", state=AttentionState, field="ranker"),
    "other": _Parameter(section="compare", state=PairState, field="other"),
    "unit": _Parameter(section="compare", state=PairState, field="unit", values=UNITS),
    "view": _Parameter(section="scores", state=ScoresState, field="view", values=VIEWS),
}
_OF_A_RANKER = ("attention", "matched")
"""Parameters that name one of the run's rankers."""


@part("The link")
def follow_link(session: SessionState) -> None:
    """In a session without a run: rank what the address names, once. Shows why it cannot."""
    if session.comparison is None:
        settle(session)
    explain = session.of(ExplainState)
    link = current_link()
    is_due = not explain.link_read and session.comparison is None and session.pending is None and "source" in link
    explain.link_read = True
    if not is_due:
        return
    reader = LinkReader(link)
    specs = read_request(session, reader, known_here(link))
    _read_section(session, reader)
    harmless = [spec for spec in specs if is_harmless(spec)]
    for spec in specs:
        if spec not in harmless:
            reader.ignore("ranker", spec.id)
    session.notices += filter(None, [reader.notice()])
    if session.of(CompareState).source not in ("sample", "beir") or not harmless:
        return
    try:
        start(session, linked_input(session), harmless)
    except DataUnavailableError as error:
        say("info", str(error))
        plain.page_link("pages/5_Datasets.py", label="Go to Datasets", icon=":material/download:")
    except RerankLabError as error:
        say("error", str(error))


@part("The run", failed=False)
def show_first_run(session: SessionState) -> bool:
    """Where the session has no results yet: its run so far, or why it failed. Whether it is still at work."""
    if session.comparison is not None:
        return False
    if session.pending is not None:
        show_run(board=False)
        return True
    problem = session.of(CompareState).problem
    if problem:
        say("error", problem)
    return False


def write_link(session: SessionState) -> Link:
    """The query parameters of the Explain page; none where nothing of the input may be in an address."""
    if session.comparison is None or not session.origin:
        return {}
    explain = session.of(ExplainState)
    rankers = public_rankers(parse_ranker_id(ranking.ranker) for ranking in session.comparison.rankings)
    device = session.comparison.settings.device
    link = {**session.origin, "ranker": rankers, "device": [device], "doc": [session.selected], "section": [explain.section]}
    for name, parameter in _PARAMETERS.items():
        value = getattr(session.of(parameter.state), parameter.field)
        if parameter.section == explain.section and value and (name not in _OF_A_RANKER or value in rankers):
            link[name] = [value]
    return {name: values for name, values in link.items() if any(values)}


@part("The page's address")
def put_explain_link(session: SessionState) -> None:
    """Write the page's parameters into the address bar."""
    put_link(write_link(session))


def _read_section(session: SessionState, reader: LinkReader) -> None:
    explain = session.of(ExplainState)
    explain.section = reader.choice("section", explain.section, {section.id for section in sections()})
    for name, parameter in _PARAMETERS.items():
        state = session.of(parameter.state)
        held = getattr(state, parameter.field)
        if parameter.values is not None:
            setattr(state, parameter.field, reader.choice(name, held, parameter.values))
        else:
            setattr(state, parameter.field, reader.text(name, held))
