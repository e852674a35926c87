"""The drawings of the analyses: findings of one analysis, one a ranker, to figures with their text alternatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reranklab.explain.analyses.expansion import STANDING, standing
from reranklab.explain.analyses.token_matches import token_label
from reranklab.explain.analysis import Finding
from reranklab.explain.contrast import oriented
from reranklab.explain.near_ties import disagreements
from reranklab.explain.subject import Subject
from reranklab.plots.attribution import draw_attribution
from reranklab.plots.contrast import draw_contrast
from reranklab.plots.deletion import draw_deletion
from reranklab.plots.distributions import draw_distribution
from reranklab.plots.drawing import Drawing
from reranklab.plots.gaps import draw_gaps
from reranklab.plots.head_attention import draw_head_attention
from reranklab.plots.listwise import draw_passage_attention
from reranklab.plots.position_bias import draw_position_bias
from reranklab.plots.rank_spread import draw_rank_spread
from reranklab.plots.score_scatter import draw_score_scatter
from reranklab.plots.term_matches import TermBar, draw_term_matches
from reranklab.plots.terms import draw_term_contributions
from reranklab.plots.word_map import draw_word_map
from reranklab.types import RANK_ONLY

Findings = Sequence[Finding[Any]]
_LABELLED = 8


def draw_findings(subject: Subject, findings: Findings) -> tuple[Drawing, ...]:
    """The figures of findings of one analysis; none where it has nothing to draw. Raises InputError for nothing to show."""
    if not findings:
        return ()
    analysis = findings[0].analysis
    own = _DRAWINGS.get(analysis.id)
    if own is not None:
        return tuple(own(subject, findings))
    if analysis.draw is None:
        return ()
    return tuple(Drawing(figure=each.figure, words=each.words) for each in analysis.draw(subject, findings))


def _attribution(subject: Subject, findings: Findings) -> list[Drawing]:
    return [draw_attribution([each.result for each in findings], titles=subject.titles)]


def _terms(subject: Subject, findings: Findings) -> list[Drawing]:
    return [
        draw_term_contributions(
            [(document, [(term.term, term.contribution) for term in terms]) for document, terms in each.result.top],
            scale=subject.ranking(each.ranker).scale.name,
        )
        for each in findings
    ]


def _deletion(subject: Subject, findings: Findings) -> list[Drawing]:
    return [draw_deletion([each.result for each in findings], titles=subject.titles)]


def _heads(subject: Subject, findings: Findings) -> list[Drawing]:
    return [
        draw_head_attention(shares, title=f"All heads of {subject.titles[each.ranker]}", value_name=name)
        for each in findings
        for shares, name in (
            (each.result.crossing, "share of attention between query and document"),
            (each.result.frame, "share of attention to special tokens"),
        )
    ]


def _map(subject: Subject, findings: Findings) -> list[Drawing]:
    drawings = []
    for each in findings:
        rows, columns = each.result.traced.words("query"), each.result.traced.words("document")
        drawings.append(
            draw_word_map(
                each.result.between(rows, columns),
                rows=[word.label for word in rows],
                columns=[word.label for word in columns],
                title=f"Attention, {each.result.name}",
                value_name="share of a word's attention",
            )
        )
    return drawings


def _similarity(subject: Subject, findings: Findings) -> list[Drawing]:
    return [
        draw_word_map(
            each.result.cosines,
            rows=[word.label for word in each.result.query],
            columns=[word.label for word in each.result.document],
            title="Similarity word by word",
            value_name="cosine of two words",
            diverging=True,
        )
        for each in findings
    ]


def _token_matches(subject: Subject, findings: Findings) -> list[Drawing]:
    """None for a document of which no token counts."""
    return [
        draw_word_map(
            each.result.cosines,
            rows=[token_label(token, each.result.query) for token in each.result.query_tokens],
            columns=[token_label(token, each.result.text) for token in each.result.document_tokens],
            title=f"Token by token: {subject.titles[each.ranker]}",
            value_name="cosine of two tokens; outlined: the match",
            row_name="query token",
            column_name="document token",
            marked=each.result.matched,
        )
        for each in findings
        if each.result.matched
    ]


def _expansion(subject: Subject, findings: Findings) -> list[Drawing]:
    return [
        draw_term_matches(
            [TermBar(term=match.term, kind=standing(match), contribution=match.contribution) for match in each.result.matches],
            kinds=STANDING,
            scale=each.result.scale.name,
            title=f"Shared terms: {subject.titles[each.ranker]}",
        )
        for each in findings
        if each.result.matches
    ]


def _passages(subject: Subject, findings: Findings) -> list[Drawing]:
    """The mean over all layers and heads: calibration off, the pull of position, and calibration on."""
    return [
        draw_passage_attention(
            each.result.ids,
            query=[float(value) for value in each.result.query.mean(axis=(0, 1))],
            no_query=[float(value) for value in each.result.no_query.mean(axis=(0, 1))],
            difference=[float(value) for value in each.result.calibrated.mean(axis=(0, 1))],
            selected=subject.document.id,
        )
        for each in findings
    ]


def _contrast(subject: Subject, findings: Findings) -> list[Drawing]:
    contrasts = [oriented(each.result, subject.document.id) for each in findings]
    return [draw_contrast(contrasts, titles=subject.titles)]


def _scores(subject: Subject, findings: Findings) -> list[Drawing]:
    rankings = [each.result.ranking for each in findings]
    drawings = []
    if any(ranking.scale != RANK_ONLY for ranking in rankings):
        near = {each.ranker: {gap.rank for gap in each.result.near} for each in findings}
        drawings += [
            draw_distribution(rankings, selected=subject.document.id, titles=subject.titles),
            draw_gaps(rankings, near=near, titles=subject.titles),
        ]
    if len(rankings) > 1:
        first, second = rankings[:2]
        apart = [each.id for each in disagreements(first, second, number=_LABELLED)]
        labelled = list(dict.fromkeys([subject.document.id, *apart]))
        grades = subject.comparison.request.judgements or None
        drawings.append(draw_score_scatter(first, second, labelled=labelled, grades=grades, titles=subject.titles))
    return drawings


def _stability(subject: Subject, findings: Findings) -> list[Drawing]:
    drawings = []
    for each in findings:
        drawings.append(draw_rank_spread(each.result, selected=subject.document.id, titles=subject.titles))
        if any(low != high for low, _, high in each.result.spread().values()):
            drawings.append(draw_position_bias(each.result, titles=subject.titles))
    return drawings


_DRAWINGS: Mapping[str, Callable[[Subject, Findings], list[Drawing]]] = {
    "leave-one-out": _attribution,
    "integrated-gradients": _attribution,
    "terms": _terms,
    "faithfulness": _deletion,
    "token-matches": _token_matches,
    "expansion": _expansion,
    "attention-heads": _heads,
    "attention-map": _map,
    "word-similarity": _similarity,
    "passage-attention": _passages,
    "compare": _contrast,
    "scores": _scores,
    "stability": _stability,
}
