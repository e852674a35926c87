"""The parts of the report on one collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.evaluate.depth import replay_results
from reranklab.evaluate.differences import Difference, points_in_words, verdict_in_words
from reranklab.evaluate.evaluated import Evaluated
from reranklab.evaluate.experiment import POOLED, RankerResult
from reranklab.evaluate.limits import limits_in_words
from reranklab.evaluate.pareto import Offer
from reranklab.evaluate.per_query import query_spreads
from reranklab.plots.depth import draw_depth
from reranklab.plots.differences import draw_differences
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import milliseconds
from reranklab.plots.measures import draw_measures
from reranklab.plots.pareto import draw_pareto
from reranklab.report.making import making_part
from reranklab.report.markup import data, items, joined, paragraphs, table

SHOWN_QUERIES = 50
_LONGEST_QUERY = 300
_SHOWN_WARNINGS = 5


def collection_part(evaluation: Evaluated, about: Mapping[str, Any], *, number: int) -> Markup:
    """Everything on one collection. `about` is the manifest; `number` tells the collections of a page apart."""
    figures = Figures(prefix=f"figure-{number}")
    titles = evaluation.titles
    return joined(
        [
            Markup("<h2>{}</h2>").format(evaluation.name),
            paragraphs([_head(evaluation)], kind="soft"),
            _means(evaluation, titles, figures),
            _differences(evaluation, titles, figures),
            _limits(evaluation),
            _times(evaluation, titles, figures),
            _depth(evaluation, titles, figures),
            _queries(evaluation, titles),
            _notes(evaluation, titles),
            making_part(about, number=number),
        ]
    )


class Figures:
    """The figures of a part, numbered."""

    def __init__(self, *, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def show(self, drawing: Drawing) -> Markup:
        self._count += 1
        id_ = f"{self._prefix}-{self._count}"
        return Markup(
            '<figure><div class="plot" role="img" aria-label="{words}" data-figure="{id_}"></div>{figure}'
            '<figcaption dir="auto">{words}</figcaption></figure>'
        ).format(words=drawing.words, id_=id_, figure=data(drawing.figure.to_json(), id_=id_))


def _head(evaluation: Evaluated) -> str:
    settings = evaluation.settings
    documents = settings.get("documents")
    facts = [
        *([f"{documents:,} documents"] if documents else []),
        f"{len(evaluation.qrels):,} queries" + (", a sample" if settings.get("sample") is not None else ""),
        f"candidates {evaluation.candidates}",
        f"device {settings.get('device')}",
    ]
    return " · ".join(facts)


def _means(evaluation: Evaluated, titles: Mapping[str, str], figures: Figures) -> Markup:
    measures = evaluation.measures
    header = [
        "Ranker",
        *measures,
        "time of a query",
        "p95",
        f"unjudged in top {POOLED}",
        *(f"{name} without them" for name in measures),
    ]
    rows = [
        [
            titles[result.ranker] + ("" if result.complete else f" ({result.queries:,} of {result.asked:,} queries)"),
            *(_interval(result, measure) for measure in measures),
            _time(None if result.timing is None else result.timing.p50),
            _time(None if result.timing is None else result.timing.p95),
            "" if result.unjudged is None else f"{result.unjudged:.0%}",
            *(f"{result.condensed[name].mean:.4f}" if name in result.condensed else "" for name in measures),
        ]
        for result in evaluation.results
    ]
    caption = (
        "Means over the queries [95 % bootstrap interval]. Unjudged documents count as not relevant; the last columns leave "
        "them out. Times are of one ranker's run over a query's candidates, without loading."
    )
    means = {result.ranker: result.intervals for result in evaluation.results}
    figure = figures.show(draw_measures(means, titles=titles)) if any(means.values()) else ""
    return joined([Markup("<h3>Means</h3>"), table(header, rows, caption=caption, numbers=range(1, len(header))), figure])


def _differences(evaluation: Evaluated, titles: Mapping[str, str], figures: Figures) -> Markup:
    if not evaluation.differences:
        return Markup("")
    parts = [Markup("<h3>Differences</h3>")]
    for measure in evaluation.measures:
        pairs = [pair for pair in evaluation.differences if pair.measure == measure]
        if not pairs:
            continue
        sentences = [verdict_in_words(pair, first=titles[pair.first], second=titles[pair.second]) for pair in pairs]
        caption = (
            f"{measure}: difference [95 % BCa interval]; p of the paired randomisation test with Holm's correction over "
            f"{len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}; equivalent is within {points_in_words(evaluation.margin)}."
        )
        header = ("Ranker", "against", "difference", "p", "wins / ties / losses", "verdict", "queries needed")
        rows = [_pair(pair, titles) for pair in pairs]
        figure = figures.show(draw_differences(pairs, titles=titles))
        parts += [items(sentences), figure, table(header, rows, caption=caption, numbers=(2, 3, 4, 6))]
    return joined(parts)


def _times(evaluation: Evaluated, titles: Mapping[str, str], figures: Figures) -> Markup:
    """Quality against time, where two rankers or more were timed."""
    measure = evaluation.measures[0]
    offers = {
        result.ranker: Offer(quality=result.intervals[measure], ms=result.timing.p50)
        for result in evaluation.results
        if result.timing is not None and measure in result.intervals
    }
    if len(offers) < 2:
        return Markup("")
    return joined([Markup("<h3>Quality and time</h3>"), figures.show(draw_pareto(offers, measure=measure, titles=titles))])


def _pair(pair: Difference, titles: Mapping[str, str]) -> list[str]:
    return [
        titles[pair.first],
        titles[pair.second],
        f"{pair.difference:+.4f} [{pair.interval.low:+.3f}, {pair.interval.high:+.3f}]",
        f"{pair.p_holm:.4f}",
        f"{pair.wins} / {pair.ties} / {pair.losses}",
        pair.verdict,
        "" if pair.queries_needed is None else f"{pair.queries_needed:,}",
    ]


def _limits(evaluation: Evaluated) -> Markup:
    """What so many queries cannot tell."""
    sentences = list(limits_in_words(evaluation.differences, evaluation.measures))
    if not sentences:
        return Markup("")
    return joined([Markup("<h3>What this evaluation cannot tell</h3>"), items(sentences)])


def _depth(evaluation: Evaluated, titles: Mapping[str, str], figures: Figures) -> Markup:
    try:
        replay = replay_results(evaluation.results, evaluation.qrels, candidates=evaluation.candidates)
    except InputError as error:
        return joined([Markup("<h3>Depth</h3>"), paragraphs([f"Not replayed. {error}"], kind="soft")])
    return joined([Markup("<h3>Depth</h3>"), figures.show(draw_depth(replay, titles=titles))])


def _queries(evaluation: Evaluated, titles: Mapping[str, str]) -> Markup:
    measure = evaluation.measures[0]
    spreads = query_spreads(evaluation.results, measure)
    if not spreads:
        return Markup("")
    rankers = [result.ranker for result in evaluation.results]
    rows = [
        [
            each.query_id,
            each.text if len(each.text) <= _LONGEST_QUERY else f"{each.text[:_LONGEST_QUERY]}…",
            *(_value(each.values[ranker]) for ranker in rankers),
            f"{each.spread:.4f}",
        ]
        for each in spreads[:SHOWN_QUERIES]
    ]
    rest = len(spreads) - len(rows)
    caption = f"{measure} of each query, those first in which the rankers are furthest apart" + (
        f"; {rest:,} more queries are not shown." if rest else "."
    )
    header = ["Query id", "Query", *(titles[ranker] for ranker in rankers), "spread"]
    return joined([Markup("<h3>Query by query</h3>"), table(header, rows, caption=caption, numbers=range(2, len(header)))])


def _notes(evaluation: Evaluated, titles: Mapping[str, str]) -> Markup:
    lines = [*evaluation.notes]
    for result in evaluation.results:
        name = titles[result.ranker]
        lines += [f"{name} failed{_on(error.query)}: {error.message}" for error in result.errors[:_SHOWN_WARNINGS]]
        if (rest := len(result.errors) - _SHOWN_WARNINGS) > 0:
            lines.append(f"{name} failed on {rest:,} more queries.")
        if result.unmatched:
            lines.append(
                f"{name} matched nothing in {len(result.unmatched):,} queries and scores 0 there: {shorten(result.unmatched)}."
            )
        if result.stored:
            lines.append(f"{name}: {result.stored:,} results came from the store, with the times of then.")
        lines += [f"{name}, in {each.queries:,} queries: {each.message}" for each in result.warnings[:_SHOWN_WARNINGS]]
    return joined([Markup("<h3>Notes</h3>"), items(lines)]) if lines else Markup("")


def _interval(result: RankerResult, measure: str) -> str:
    interval = result.intervals.get(measure)
    return "-" if interval is None else interval.short


def _time(value: float | None) -> str:
    return "" if value is None else milliseconds(value)


def _value(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _on(query: str | None) -> str:
    return "" if query is None else f" on query {query}"


def contents(evaluations: Sequence[Evaluated]) -> Markup:
    """A table of the means of all collections, where there are several."""
    if len(evaluations) < 2:
        return Markup("")
    measure = evaluations[0].measures[0]
    rankers = list(dict.fromkeys(result.ranker for each in evaluations for result in each.results))
    titles = {ranker: title for each in evaluations for ranker, title in each.titles.items()}
    rows = []
    for ranker in rankers:
        found = [next((r for r in each.results if r.ranker == ranker), None) for each in evaluations]
        rows.append([titles[ranker], *("" if result is None else _interval(result, measure) for result in found)])
    header = ["Ranker", *(each.name for each in evaluations)]
    return table(header, rows, caption=f"{measure} by collection [95 % bootstrap interval].", numbers=range(1, len(header)))
