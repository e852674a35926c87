"""Every colour of the figures: those of Okabe and Ito ("Color Universal Design", 2008), which colour-blind people can
tell apart and which show on light and dark backgrounds. A grade also has its own marker and line, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#8C8C8C"

DOCUMENT_COLOURS = (SKY, ORANGE, GREEN, PURPLE, VERMILION, BLUE)
STAGE_COLOURS = {"tokenise": SKY, "transfer": GREEN, "compute": BLUE, "post-process": ORANGE, "other": GREY}
LOAD_COLOUR = PURPLE
QUEUE_COLOUR = GREY
GREY_BAND = "rgba(140,140,140,0.25)"
FADED = 0.5
SELECTED = VERMILION

# Signed values: what raises a score is blue, what lowers it vermilion; nothing lets the page show through.
RAISES, LOWERS = BLUE, VERMILION
SIGNED_SCALE = ((0.0, LOWERS), (0.5, "rgba(128,128,128,0.12)"), (1.0, RAISES))
DOCUMENT_A, DOCUMENT_B = BLUE, ORANGE
SHARE_SCALE = "Cividis"
# Beyond the six colours, bars of different terms differ by hatching.
HATCHES = ("", "/", ".", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeStyle:
    """How a document of a grade is drawn. `symbol` and `dash` are Plotly's names; `relevant` documents lead the others."""

    name: str
    colour: str
    symbol: str
    dash: str
    relevant: bool


GRADE_STYLES = (
    GradeStyle(name="grade 2 or more", colour=GREEN, symbol="diamond", dash="solid", relevant=True),
    GradeStyle(name="grade 1", colour=ORANGE, symbol="square", dash="solid", relevant=True),
    GradeStyle(name="grade 0", colour=GREY, symbol="x", dash="dash", relevant=False),
    GradeStyle(name="not judged", colour=GREY, symbol="circle-open", dash="dot", relevant=False),
)


def grade_style(grade: int | None) -> GradeStyle:
    """The style of a grade; None is a document without a judgement."""
    if grade is None:
        return GRADE_STYLES[3]
    return GRADE_STYLES[0 if grade >= 2 else 1 if grade == 1 else 2]
