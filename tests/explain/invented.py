"""An analysis as another package would add it, in one module: how long the document is beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.cost import Cost
from reranklab.explain.subject import Subject
from reranklab.plots.drawing import Drawing
from reranklab.progress import CancelSignal, Progress, report
from reranklab.rankers.family import Option, Ranker
from reranklab.types import Ranking


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> int:
    """Characters or words of the document."""
    report(progress, done=1, total=1, unit="document")
    content = subject.document.content
    return len(content.split()) if parameters.text("of") == "words" else len(content)


def _record(length: int) -> dict[str, Any]:
    return {"length": length}


def _words(subject: Subject, finding: Finding[int]) -> tuple[str, ...]:
    return (f"{subject.titles[finding.ranker]} got {finding.result} {finding.parameters.text('of')} <b>of text</b>.",)


def _table(subject: Subject, finding: Finding[int]) -> Table:
    return Table(header=("length",), rows=((finding.result,),))


def _draw(subject: Subject, findings: Sequence[Finding[int]]) -> list[Drawing]:
    figure = go.Figure(go.Bar(x=[finding.ranker for finding in findings], y=[finding.result for finding in findings]))
    return [Drawing(figure=figure, words=f"Lengths for {len(findings)} rankers.")]


ANALYSIS = Analysis(
    id="length",
    title="Length",
    summary="How long the document is.",
    options=(Option(name="of", default="words", help="What is counted.", choices=("words", "characters")),),
    run=_run,
    record=_record,
    cost=lambda subject, ranking, parameters: Cost(amount="1 document to measure", milliseconds=1.0, at_once=False),
    words=_words,
    table=_table,
    draw=_draw,
)
