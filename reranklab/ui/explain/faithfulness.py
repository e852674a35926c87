"""Whether an attribution is faithful: its words are deleted in order, and the score watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reranklab.explain.analyses.faithfulness import tested
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.faithfulness import DeletionCurve
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.rankers.family import Capability
from reranklab.ui import plain
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, kept

_OF_ATTENTION = {"of": "attention-map"}


@dataclass(slots=True, kw_only=True)
class FaithfulnessState:
    """The ranker whose attribution is tested."""

    ranker: str = ""


def show_faithfulness(
    session: SessionState, subject: Subject, attributions: Sequence[Finding[Any]]
) -> list[Finding[DeletionCurve]]:
    """The deletion curve of one ranker's attribution, beside that of its attention where that can be read."""
    analysis = find_analysis("faithfulness")
    plain.subheader(analysis.title, anchor=False)
    chosen = _choose(session, subject, [finding.ranker for finding in attributions])
    attribution = next(finding for finding in attributions if finding.ranker == chosen)
    asked: list[tuple[str, Mapping[str, str]]] = [(attribution.analysis.title.lower(), tested(attribution))]
    if subject.spec(chosen).can(Capability.PAIR_ATTENTION):
        asked.append(("attention", _OF_ATTENTION))
    findings = [
        ask_for(session, subject, analysis, chosen, parameters, name=f"Delete words by {method}")
        for method, parameters in asked
    ]
    shown = [finding for finding in findings if finding is not None]
    for drawing in draw_findings(subject, shown):
        draw(drawing, key="deletion")
    for finding in shown:
        for line in analysis.words(subject, finding):
            say("note", line)
    return shown


def _choose(session: SessionState, subject: Subject, rankers: Sequence[str]) -> str:
    """One of the rankers; first one whose attention can be tested beside its attribution, where there is one."""
    state = session.of(FaithfulnessState)
    preferred = min(rankers, key=lambda ranker: not subject.spec(ranker).can(Capability.PAIR_ATTENTION))
    chosen: str = among(state.ranker, rankers, default=preferred)

    def store(ranker: str) -> None:
        state.ranker = ranker

    if len(rankers) > 1:
        kept(
            plain.segmented_control, "Ranker", key="w_tested", value=chosen, store=store, options=rankers, required=True,
            format_func=subject.titles.__getitem__,
        )  # fmt: skip
    return chosen
