"""The sections of the Explain page, as the catalogue of analyses has them; only the open one is computed and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reranklab.explain.catalogue import refusals, sections
from reranklab.explain.subject import Subject
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.explain.attention import show_attention
from reranklab.ui.explain.attribution import show_attribution
from reranklab.ui.explain.compare import show_compare
from reranklab.ui.explain.generic import show_generic
from reranklab.ui.explain.matches import show_matches
from reranklab.ui.explain.ranks import show_ranks
from reranklab.ui.explain.scores import show_score_views
from reranklab.ui.explain.stability import show_stability
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.explain.what_if import show_what_if
from reranklab.ui.explain.work import Computations
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

Show = Callable[[SessionState, Subject], None]

_DISPLAYS: Mapping[str, Show] = {
    "ranks": show_ranks,
    "cut": show_ranks,
    "leave-one-out": show_attribution,
    "integrated-gradients": show_attribution,
    "terms": show_attribution,
    "faithfulness": show_attribution,
    "token-matches": show_matches,
    "expansion": show_matches,
    "attention-heads": show_attention,
    "attention-map": show_attention,
    "word-similarity": show_attention,
    "passage-attention": show_attention,
    "compare": show_compare,
    "what-if": show_what_if,
    "scores": show_score_views,
    "other-settings": show_score_views,
    "stability": show_stability,
}
"""Analysis id to its display, which several may share. An analysis that is not in here is shown by `show_generic`."""


@part("The list of sections")
def show_sections(session: SessionState, subject: Subject) -> None:
    """The choice of a section, and the displays of its analyses."""
    for refusal in refusals():
        say("warning", refusal)
    known = {section.id: (section, analyses) for section, analyses in sections().items()}
    explain = session.of(ExplainState)
    computations = session.of(Computations)
    computations.shown.clear()
    explain.section = among(explain.section, known, default=next(iter(known)))
    field(
        plain.segmented_control, "Section", explain, "section", key="w_explain_section",
        options=list(known), format_func=lambda id_: known[id_][0].title, required=True, label_visibility="collapsed",
    )  # fmt: skip
    section, analyses = known[explain.section]
    for show in dict.fromkeys(_DISPLAYS[each.id] for each in analyses if each.id in _DISPLAYS):
        part(section.title)(show)(session, subject)
    for analysis in analyses:
        if analysis.id not in _DISPLAYS:
            if len(analyses) > 1:
                plain.subheader(analysis.title, anchor=False)
            part(analysis.title)(show_generic)(session, subject, analysis)
    computations.stop_unseen()
