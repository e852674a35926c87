"""What `reranklab latency` prints as lines and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reranklab.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from reranklab.evaluate.quality_cost import Quality
    from reranklab.latency.roof import Roof
    from reranklab.latency.sweep import Sweep
    from reranklab.store.sweeps import StoredSweep

_LEVELS = ("p50", "p95")


def write_list(sweeps: Sequence[StoredSweep], format_: str) -> None:
    """The measurements that are kept."""
    from reranklab.latency.kept import sweep_line

    if format_ == "json":
        write_json([{"sweep": each.id, "measured_at": each.measured, "ranker": each.ranker, **each.facts} for each in sweeps])
    elif not sweeps:
        write_line("No measurement is kept yet. `reranklab latency --ranker ID` keeps its results.")
    else:
        write_table(
            ("number", "measured", "ranker", "device", "lists"),
            [
                (str(each.id), each.measured, each.ranker, str(each.facts.get("device_name", "")), sweep_line(each))
                for each in sweeps
            ],
        )


def write_roofs(roofs: Sequence[Roof], format_: str) -> None:
    """Rankers under their roofs, then the peaks of each library."""
    if format_ == "json":
        found = [{**asdict(roof), "best": roof.best and asdict(roof.best), "share": roof.share} for roof in roofs]
        write_json({"rankers": found})
        return
    write_table(
        ("ranker", "precision", "documents", "tokens", "padding", "ms", "GFLOP/s", "of the best peak"),
        [_roof_row(roof) for roof in roofs],
    )
    for roof in roofs:
        peaks = ", ".join(f"{peak.library} {peak.precision} {peak.gigaflops:,.0f}" for peak in roof.peaks)
        write_line(f"Matrix products before {roof.ranker}, GFLOP/s: {peaks}.")


def _roof_row(roof: Roof) -> tuple[str, ...]:
    best, share = roof.best, roof.share
    return (
        roof.ranker,
        roof.precision,
        f"{roof.candidates:,}",
        f"{roof.tokens:,}",
        "unknown" if roof.padding is None else f"{roof.padding:.1%}",
        f"{roof.ms:,.0f}",
        f"{roof.gigaflops:,.0f}",
        "unknown" if best is None or share is None else f"{share:.0%} of {best.gigaflops:,.0f} ({best.library})",
    )


def write_sweep(result: Sweep, record: Mapping[str, Any], *, published: bool = False, quality: Quality | None = None) -> None:
    """`record` is the sweep's, by `sweep_record`. With `published`, published times stand beside those of its law; `quality` is
    what the ranker gives up for its times."""
    from reranklab.latency.machine import machine_in_words
    from reranklab.latency.quantiles import short_ms
    from reranklab.latency.record import STAGES

    timing = result.timing
    kept = "" if record["sweep"] is None else f"Measurement {record['sweep']}: "
    write_line(
        f"{kept}{result.ranker} on {timing.device_name}, {timing.precision}, {len(result.cells[0].runs)} runs of each list "
        f"after {timing.warmup}; ms [95 % interval of the quantile]"
    )
    stages = [stage for stage in STAGES if stage != "transfer" or any(cell.median(stage) for cell in result.cells)]
    write_table(
        ("candidates", "tokens", "p50", "p95", *stages),
        [
            (
                f"{cell.candidates:,}",
                f"{cell.tokens:,.0f}",
                cell.quantile(0.5).short,
                cell.quantile(0.95).short,
                *(short_ms(cell.median(stage)) for stage in stages),
            )
            for cell in result.cells
        ],
    )
    write_line(f"Machine: {'; '.join(machine_in_words(result.before, result.after))}.")
    write_line(f"Start: {result.cold.in_words()}" if result.cold is not None else f"No start: {result.cold_missing}")
    if quality is not None:
        write_line(quality.in_words())
    _write_waits(record)
    _write_law(record)
    if published and record["law"] is not None:
        _write_published(result)


def _write_published(result: Sweep) -> None:
    from reranklab.latency.claims import answer_claim, published_claims
    from reranklab.latency.contradictions import growth_in_words, growths, pair_and_list, pair_in_words
    from reranklab.latency.forecast import forecast

    told = forecast(result)
    write_table(
        ("published", "documents", "tokens", "ms", "here", "conditions"),
        [
            (
                claim.name,
                f"{claim.documents:,}",
                "-" if claim.tokens is None else f"{claim.tokens:,}",
                " to ".join(f"{ms:,.0f}" for ms in sorted(set(claim.ms))),
                f"{answer_claim(claim, told).here.value:,.1f}",
                claim.conditions,
            )
            for claim in published_claims()
        ],
    )
    for each in growths(told):
        write_line(growth_in_words(each))
    write_line(pair_in_words(pair_and_list(told)))


def _write_waits(record: Mapping[str, Any]) -> None:
    for cell in record["cells"] if "wait_ms" in record["cells"][0] else ():
        wait = "without end" if cell["wait_ms"] is None else f"{cell['wait_ms']:,.1f} ms on average"
        write_line(
            f"{cell['candidates']:,} documents of {cell['tokens']:,.0f} tokens: at most {cell['queries_per_second']:,.1f} "
            f"queries a second; at the given rate they wait {wait}."
        )


def _write_law(record: Mapping[str, Any]) -> None:
    law = record["law"]
    if law is None:
        write_line(f"No law: {record['law_missing']}")
        return
    write_line(
        f"time = {law['a']:.3g} + N x ({law['b']:.3g} + {law['c']:.3g} L + {law['d']:.3g} L^2) ms; the median error on lists "
        f"that the fit did not see is {law['held_out_median_error']:.1%}. L counts {law['overhead_tokens']:,.0f} tokens "
        "that are read with each document."
    )
    write_table(
        ("coefficient", "value", "95 % interval"),
        [(name, f"{law[name]:.3g}", f"{low:.3g} to {high:.3g}") for name, (low, high) in law["intervals"].items()],
    )
    for what, exponents in (("length", law["token_exponent"]), ("number of documents", law["candidates_exponent"])):
        told = ", ".join(
            f"{each['value']:.2f} ({each['low']:.2f} to {each['high']:.2f}) at {at}" for at, each in exponents.items()
        )
        write_line(f"Exponent of the {what}: {told}.")
    tail = law["p95_over_p50"]
    if tail is not None:
        write_line(f"p95 is {tail['value']:.2f} ({tail['low']:.2f} to {tail['high']:.2f}) times p50, over all lists.")
    for each in law.get("predictions", ()):
        write_line(_prediction(each))
    if "deepest" in law:
        _write_budget(law)


def _prediction(each: Mapping[str, Any]) -> str:
    times = ", ".join(
        f"{at} {each[at]['value']:,.1f} ms ({each[at]['low']:,.1f} to {each[at]['high']:,.1f})" for at in _LEVELS if at in each
    )
    beyond = "" if each["measured"] else "; beyond the lists that were measured"
    cut = "; documents are cut to what it reads" if each["cut"] else ""
    return f"{each['candidates']:,} documents of {each['tokens']:,} tokens: {times}{beyond}{cut}."


def _write_budget(law: Mapping[str, Any]) -> None:
    within = f"Within {law['budget_ms']:g} ms"
    for length, depths in law["deepest"].items():
        what = f"{length} tokens" if length != "0" else "the mean length of these documents"
        write_line(f"{within} at {what}: {', '.join(f'{depth:,} documents at {at}' for at, depth in depths.items())}.")
    for size, lengths in law["longest"].items():
        told = ", ".join(
            f"{'any length' if tokens is None else f'{tokens:,} tokens'} at {at}" for at, tokens in lengths.items()
        )
        write_line(f"{within} with {size} documents: {told}.")
