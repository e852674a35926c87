"""Stability: how far a ranker's order depends on the order that it was given, and on its windows."""

from __future__ import annotations

import math
from typing import Any

from reranklab.errors import InputError
from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.cost import Cost, list_cost
from reranklab.explain.sections import STABILITY
from reranklab.explain.shuffles import MAX_TRIALS, OrderStability, order_stability
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, Ranker, RankerSpec
from reranklab.types import Ranking

Windows = tuple[tuple[int, int], ...]

_OPTIONS = (
    Option(name="shuffles", default="5", help=f"Shuffled lists, 2 to {MAX_TRIALS} runs in all."),
    Option(
        name="windows",
        default="",
        help="For rankers with windows: window/step pairs to try, such as 20/10,10/5. Empty: the ranker's own.",
    ),
)


def windows_in_text(plans: Windows) -> str:
    """The value of the parameter `windows`."""
    return ",".join(f"{window}/{step}" for window, step in plans)


def own_window(spec: RankerSpec) -> tuple[int, int] | None:
    """A ranker's window and step; None for one without windows."""
    return (int(spec.option("window")), int(spec.option("step"))) if spec.can(Capability.WINDOWED) else None


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> OrderStability:
    return order_stability(
        subject.build,
        ranker.spec,
        subject.query,
        subject.documents,
        shuffles=_shuffles(parameters),
        windows=_windows(parameters),
        cancel=cancel,
        progress=progress,
    )


def _shuffles(parameters: Parameters) -> int:
    return parameters.integer("shuffles", low=1, high=MAX_TRIALS)


def _windows(parameters: Parameters) -> Windows:
    text = parameters.text("windows")
    try:
        plans = tuple((int(window), int(step)) for window, step in (pair.split("/") for pair in text.split(",") if pair))
    except ValueError as error:
        raise InputError(f"Windows of {text!r} do not work. Write window/step pairs such as 20/10,10/5.") from error
    return plans


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    shuffles, own = _shuffles(parameters), own_window(subject.spec(ranking.ranker))
    plans = _windows(parameters) or ((own,) if own else ())
    documents = len(subject.documents)
    runs = shuffles * max(len(plans) if own else 1, 1)
    lists = shuffles * sum(share_of_list(plan, own, documents) for plan in plans) if own else float(runs)
    return list_cost(subject, ranking, lists, what=f"{runs} runs over {documents:,} documents")


def share_of_list(plan: tuple[int, int], own: tuple[int, int], documents: int) -> float:
    """How many of the run's own lists one list with the window and step of `plan` amounts to, by passages read."""
    return _passages(plan, documents) / _passages(own, documents)


def _passages(plan: tuple[int, int], documents: int) -> int:
    window, step = plan
    if documents <= window:
        return documents
    return window * (1 + math.ceil((documents - window) / step))


def _record(stability: OrderStability) -> dict[str, Any]:
    """Each document's ranks over the trials, the trials, and the mean shift of each start position."""
    return {
        "documents": {
            document: {"lowest": low, "mean": mean, "highest": high}
            for document, (low, mean, high) in stability.spread().items()
        },
        "position_bias": {str(position): shift for position, shift in stability.position_bias().items()},
        "trials": [
            {
                "seed": trial.seed,
                "window": trial.window or None,
                "step": trial.step or None,
                "start": dict(trial.start),
                "end": dict(trial.end),
                "repairs": trial.repairs,
            }
            for trial in stability.trials
        ],
    }


def _words(subject: Subject, finding: Finding[OrderStability]) -> tuple[str, ...]:
    stability, spec = finding.result, subject.spec(finding.ranker)
    lines = [spread_in_words(stability, subject.document.id, subject.ranking(finding.ranker))]
    if spec.can(Capability.ORDER_FREE):
        lines.append(ORDER_FREE)
    if all(low == high for low, _, high in stability.spread().values()):
        lines.append(NO_MOVES)
    if spec.can(Capability.WINDOWED):
        lines.append(repairs_in_words(stability))
    return tuple(lines)


ORDER_FREE = "The scores of this ranker do not depend on the order of the documents: only equal ones can change places."
NO_MOVES = "No document changed its rank, so no position is favoured."


def spread_in_words(stability: OrderStability, document_id: str, ranking: Ranking) -> str:
    """Between which ranks the document lies."""
    low, mean, high = stability.spread()[document_id]
    runs = len(stability.trials)
    own = f"In the order of the input it was at {ranking.rank_of()[document_id]}."
    if low == high:
        return f"{document_id} is at rank {low} in all {runs} runs. {own}"
    return f"{document_id} lies between rank {low} and {high} over {runs} runs, at {mean:.1f} on average. {own}"


def repairs_in_words(stability: OrderStability) -> str:
    """How much of a language model's replies had to be repaired."""
    repaired = [trial for trial in stability.trials if trial.repairs]
    if not repaired:
        return "No reply had to be repaired: each was a full order of its window."
    number = sum(trial.repairs for trial in repaired)
    return (
        f"{number:,} {'repair' if number == 1 else 'repairs'} in {len(repaired)} of {len(stability.trials)} runs: passages "
        "that a reply repeated, invented or left out. Those left out follow in the order in which they were given."
    )


def _table(subject: Subject, finding: Finding[OrderStability]) -> Table:
    spread = sorted(finding.result.spread().items(), key=lambda entry: (entry[1][1], entry[1][0]))
    return Table(
        header=("document", "lowest rank", "mean", "highest"),
        rows=tuple((document, low, mean, high) for document, (low, mean, high) in spread),
    )


ANALYSIS = Analysis(
    id="stability",
    title="Stability",
    summary="The list is shuffled and ranked again: how far the order depends on the order given.",
    section=STABILITY,
    scope="list",
    options=_OPTIONS,
    run=_run,
    record=_record,
    cost=_cost,
    words=_words,
    table=_table,
)
