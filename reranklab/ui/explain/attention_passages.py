"""A local language model's attention: from the query to each passage of one prompt."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.explain.analyses.passage_attention import prompt_in_words
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.passages import PassageMaps
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.plots.head_attention import draw_head_attention
from reranklab.ui import plain
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field


@dataclass(slots=True, kw_only=True)
class PassageAttentionState:
    """Whether the heads are shown less the attention that the passage gets without the query."""

    calibrated: bool = True


def show_passage_attention(session: SessionState, subject: Subject, ranker: str) -> None:
    analysis = find_analysis("passage-attention")
    finding = ask_for(session, subject, analysis, ranker, name=f"Read the attention of {subject.titles[ranker]}")
    if finding is None:
        return
    say("note", prompt_in_words(finding.result, subject.document.id))
    for drawing in draw_findings(subject, [finding]):
        draw(drawing, key="attention_passages")
    _show_heads(session.of(PassageAttentionState), subject, finding.result)
    say("note", "Attention says where the model looks. “Attribution” measures what moves the score.")
    show_download(subject, [finding], name="passage-attention")


def _show_heads(shown: PassageAttentionState, subject: Subject, maps: PassageMaps) -> None:
    field(
        plain.toggle, "Calibrated", shown, "calibrated",
        help="Less the attention that the passage gets with “N/A” in place of the query: the pull of its position and length.",
    )  # fmt: skip
    values = maps.of(subject.document.id, calibrated=shown.calibrated)
    name = "calibrated attention" if shown.calibrated else "attention"
    drawing = draw_head_attention(
        values, title=f"All heads, for {subject.document.id}", value_name=name, diverging=shown.calibrated
    )
    draw(drawing, key="attention_passage_heads")
