"""What the board shows, as plain values for its script."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from reranklab.data.words import STOP_WORDS, term_places, tokenise
from reranklab.engine.comparison import Comparison, RankerRun
from reranklab.evaluate.agreement import movement
from reranklab.plots.labels import milliseconds
from reranklab.rankers.styles import ranker_styles
from reranklab.rankers.titles import model_name, ranker_title
from reranklab.rankers.unknown import unknown_in_words
from reranklab.types import Document, RankedDocument, Ranking
from reranklab.ui.board.code_units import in_code_units, passage_in_text
from reranklab.ui.board.ideal import ideal_column
from reranklab.ui.compare_state import INPUT_ORDER
from reranklab.ui.escape import shorten
from reranklab.ui.progress import step_in_words
from reranklab.ui.times import measured, timing_help

_TEXT_BUDGET = 2_000_000
"""Characters of full text sent to the browser; long documents are cut when there are many."""
_SNIPPET = 160
WIDE = 4
"""Columns that stand side by side with all they have to say; more of them are compact."""


def board_data(
    comparison: Comparison,
    *,
    baseline: str,
    rows: int,
    selected: str,
    ideal: bool = False,
    hidden: Collection[str] = (),
) -> dict[str, Any]:
    """Columns in the order of the rankers but for `hidden` ones, each with its first `rows` rows (0: all), and the documents
    that occur in them. With `ideal` the order that the judgements ask for is a column before them."""
    reference = baseline_ranking(comparison, baseline)
    runs = [run for run in comparison.runs if run.ranker not in hidden]
    shown = {item.id for run in runs if run.ranking is not None for item in _first(run.ranking, rows)}
    best = [ideal_column(comparison, rows=rows)] if ideal and comparison.request.judgements else []
    shown |= {row["id"] for column in best for row in column["rows"]}
    documents = [document for document in comparison.documents if document.id in shown]
    limit = text_limit(documents)
    columns = [*best, *(_column(run, comparison, reference=reference, rows=rows, limit=limit) for run in runs)]
    terms = query_terms(comparison.request.query.text)
    return {
        "input": comparison.request.label + comparison.request.query.text,
        "selected": selected or None,
        "baseline": "the input order" if reference is None else comparison.titles[reference.ranker],
        "judged": bool(comparison.request.judgements),
        "compact": len(columns) > WIDE,
        "columns": columns,
        "documents": shown_documents(documents, comparison.request.judgements, terms, limit=limit),
    }


def baseline_ranking(comparison: Comparison, baseline: str) -> Ranking | None:
    """The ranking that movement is counted against; None is the input order."""
    return next((ranking for ranking in comparison.rankings if ranking.ranker == baseline), None)


def query_terms(query: str) -> list[str]:
    """The query's distinct terms by the "words" analyser, without stop words unless there are no others."""
    terms = list(dict.fromkeys(tokenise(query, analyser="words")))
    return [term for term in terms if term not in STOP_WORDS] or terms


@lru_cache(maxsize=1024)
def marks(text: str, terms: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Where a term stands in `text`, as start and end in UTF-16 code units, which a browser counts in. Terms that overlap, as
    pairs of characters do, are one mark."""
    spans: list[tuple[int, int]] = []
    for term, (start, end) in term_places(text, analyser="words"):
        if term not in terms:
            continue
        if spans and start < spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    return in_code_units(text, spans)


def format_score(score: float, *, scale: str) -> str:
    """A score with as many digits as its size calls for; none where the method gives only an order."""
    if scale == "rank only":
        return ""
    return f"{score:.2f}" if abs(score) >= 10 else f"{score:.3f}" if abs(score) >= 0.01 or score == 0 else f"{score:.1e}"


def _score(item: RankedDocument, *, scale: str) -> str:
    """With its standard error, where it has one."""
    score = format_score(item.score, scale=scale)
    return score if item.error is None else f"{score} ± {format_score(item.error, scale=scale)}"


def _first(ranking: Ranking, rows: int) -> Sequence[RankedDocument]:
    return ranking.items[:rows] if rows else ranking.items


def _column(run: RankerRun, comparison: Comparison, *, reference: Ranking | None, rows: int, limit: int) -> dict[str, Any]:
    style = ranker_styles(comparison.titles)[run.ranker]
    column: dict[str, Any] = {
        "id": run.ranker,
        "title": ranker_title(run.ranker),
        "fullTitle": comparison.titles[run.ranker],
        "model": model_name(run.ranker),
        "colour": style.colour,
        "mark": style.mark,
        "state": run.state,
        "message": run.message,
        "progress": None,
        "rows": [],
    }
    if run.step is not None and run.state == "running":
        step = run.step
        column["progress"] = step.done / step.total if step.total else None
        column["message"] = step_in_words(step)
    ranking = run.ranking
    if ranking is None:
        return column
    moved = None if reference is None else movement(ranking, reference)
    items = _first(ranking, rows)
    column |= {
        "time": milliseconds(ranking.timing.p50()),
        "timeHelp": timing_help(ranking.timing),
        "cached": measured(ranking.timing) if ranking.timing.cached else "",
        "scale": ranking.scale.name,
        "scaleHelp": ranking.scale.description,
        "hidden": len(ranking.items) - len(items),
        "rows": [
            {
                "id": item.id,
                "rank": item.rank,
                "moved": _moved(item.candidate + 1 - item.rank, item.id, moved, own=ranking is reference),
                "score": _score(item, scale=ranking.scale.name),
                "used": item.tokens_used,
                "total": item.tokens_total,
                "unknown": unknown_in_words(item.unknown_share),
                "passage": _passage(item, comparison.documents[item.candidate], limit=limit),
            }
            for item in items
        ],
    }
    return column


def _passage(item: RankedDocument, document: Document, *, limit: int) -> dict[str, Any] | None:
    """The passage that decided, shortened; where it stands in the content, from 1, and where in the text that the board has.
    None for a document that was ranked as a whole, or as one passage."""
    content = document.content
    if item.passage is None or not (content[: item.passage[0]].strip() or content[item.passage[1] :].strip()):
        return None
    start, end = item.passage
    return {
        "text": shorten(content[start:end], limit=_SNIPPET),
        "start": start + 1,
        "end": end,
        "span": passage_in_text(document, item.passage, limit=limit),
    }


def _moved(from_input: int, document_id: str, moved: Mapping[str, int] | None, *, own: bool) -> int | None:
    if own:
        return None
    return from_input if moved is None else moved[document_id]


def text_limit(documents: Sequence[Document]) -> int:
    """How many characters of each text are sent to the browser."""
    return max(400, _TEXT_BUDGET // max(len(documents), 1))


def shown_documents(
    documents: Sequence[Document], judgements: Mapping[str, int], terms: Sequence[str], *, limit: int
) -> dict[str, Any]:
    """The documents by id, with the places of the query's terms in the first `limit` characters of each."""
    marked = frozenset(terms)
    shown = {}
    for document in documents:
        title, text = shorten(document.title, limit=1000), document.text[:limit]
        shown[document.id] = {
            "title": title,
            "titleMarks": marks(title, marked),
            "text": text,
            "textMarks": marks(text, marked),
            "cut": len(document.text) if len(document.text) > limit else 0,
            "snippet": shorten(document.title or document.text, limit=_SNIPPET),
            "grade": judgements.get(document.id),
        }
    return shown


def baseline_choices(comparison: Comparison) -> dict[str, str]:
    """What movement can be counted against: id to name."""
    titles = comparison.titles
    return {INPUT_ORDER: "Input order", **{ranking.ranker: titles[ranking.ranker] for ranking in comparison.rankings}}
