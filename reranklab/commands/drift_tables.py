"""A drift table and a drift warning in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reranklab.commands.output import write_line, write_table

if TYPE_CHECKING:
    from reranklab.evaluate.confidence import Interval
    from reranklab.evaluate.drift import DriftTable, RankerThere
    from reranklab.evaluate.drift_warning import DriftWarning

_MOST_TRANSFERS = 20


def write_drift(table: DriftTable) -> None:
    """Differences, then what the scores are worth, where thresholds fail, and what the tokenizers read."""
    from reranklab.evaluate.differences import points_in_words

    others = [ranker for ranker in table.rankers if ranker != table.baseline]
    cells = len(table.differences)
    write_line(
        f"{table.measure} less that of {table.baseline}, candidates {table.candidates} [95 % BCa interval]; verdicts with "
        f"Holm's correction over {cells} cells; equivalent: within {points_in_words(table.margin)}."
    )
    write_table(
        ("collection", "queries", table.baseline, *others),
        [
            (
                part.name,
                f"{part.queries:,}",
                _mean(table.there(part.name, table.baseline)),
                *(_difference(table.there(part.name, ranker)) for ranker in others),
            )
            for part in table.collections
        ],
    )
    write_line()
    write_line(
        f"Scores of relevant and other candidates: AUC over all queries and within each [95 %], and the best threshold by "
        f"{table.criterion}. Documents without a judgement count as not relevant."
    )
    everything = [(part.name, each) for part in table.collections for each in part.rankers]
    write_table(
        ("collection", "ranker", "AUC", "within queries", "threshold", "precision", "recall", "F1"),
        [(name, each.ranker, _auc(each.pooled), _auc(each.within), *_threshold(each)) for name, each in everything],
    )
    _write_transfers(table)
    write_line()
    write_line("Documents as each tokenizer reads them; unknown: mean share of a document's characters.")
    write_table(
        ("collection", "ranker", "documents", "tokens p50", "p95", "truncated", "unknown", "tokens/word"),
        [
            (
                name,
                each.ranker,
                f"{each.texts.documents:,}",
                f"{each.texts.median:,.0f}",
                f"{each.texts.p95:,.0f}",
                f"{each.texts.truncated:.1%}",
                f"{each.texts.unknown:.2%}",
                "" if each.texts.tokens_per_word is None else f"{each.texts.tokens_per_word:.2f}",
            )
            for name, each in everything
        ],
    )
    for part in table.collections:
        for note in part.notes:
            write_line(f"Note: {part.name}: {note}")


def _write_transfers(table: DriftTable) -> None:
    if not table.transfers:
        return
    worst = sorted(table.transfers, key=lambda each: -each.loss.mean)
    write_line()
    write_line(
        f"A collection's threshold on another, most lost first: {table.criterion} there with the other's own threshold less "
        "with the carried one [95 %]."
    )
    write_table(
        ("ranker", "from", "to", "threshold", "own", "carried", "lost", "verdict"),
        [
            (
                each.ranker,
                each.source,
                each.target,
                f"{each.carried.score:.3g}",
                f"{each.own:.3f}",
                f"{each.carried.value:.3f}",
                f"{each.loss.mean:+.3f} [{each.loss.low:+.3f}, {each.loss.high:+.3f}]",
                each.verdict,
            )
            for each in worst[:_MOST_TRANSFERS]
        ],
    )
    if (rest := len(worst) - _MOST_TRANSFERS) > 0:
        write_line(f"{rest:,} more with --format json.")


def write_warning(warning: DriftWarning) -> None:
    """The verdict, and its signals."""
    write_line(warning.sentence)
    write_table(
        ("signal", "reference", "new", "distance", "chance", "unit", "p (Holm)", "drifted"),
        [
            (
                signal.title,
                "" if signal.reference is None else f"{signal.reference:.3g}",
                "" if signal.new is None else f"{signal.new:.3g}",
                f"{signal.distance:.3g}",
                f"{signal.chance:.3g}",
                signal.unit,
                f"{signal.p_holm:.4f}",
                "yes" if signal.drifted else "no",
            )
            for signal in warning.signals
        ],
    )
    write_line("reference, new: medians. chance: what 5 % of random divisions of the same queries exceed.")
    if warning.unseen is not None:
        write_line(
            f"{warning.unseen:.0%} of the words of the new queries are in no reference query; by chance "
            f"{warning.unseen_by_chance:.0%}."
        )
    for note in warning.notes:
        write_line(f"Note: {note}")
    write_line()


def _mean(there: RankerThere | None) -> str:
    return "" if there is None else there.mean.short


def _difference(there: RankerThere | None) -> str:
    if there is None or there.difference is None:
        return ""
    pair = there.difference
    return f"{pair.short} {pair.verdict}"


def _auc(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _threshold(there: RankerThere) -> tuple[str, str, str, str]:
    best = there.threshold
    if best is None:
        return "", "", "", ""
    return f"{best.score:.3g}", f"{best.precision:.3f}", f"{best.recall:.3f}", f"{best.f1:.3f}"
