"""How often the watch is wrong while nothing changes, and how soon it finds what does.

Quiet logs have cycles of days and weeks, deviations that last for hours and for whole days, and times with a heavy tail; every
alert on them is false. Then logs change on day 10. Prints the tables of docs/watch.md:

    python -m benchmarks.watch_alarms
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.production import DAY, START, Change, Simulated, World, simulate
from reranklab.watch.detect.series import extra_series
from reranklab.watch.monitor import watch_columns
from reranklab.watch.report import WatchReport

USUAL = {"load": 0.08, "topics": 0.08, "day_effect": 0.03, "hours": 3.0}
HARD = {"load": 0.15, "topics": 0.2, "day_effect": 0.08, "hours": 8.0}
CHANGES = {
    "documents twice as long": (Change(documents=2.0), "longer_documents"),
    "a machine 1.3 times as slow": (Change(machine=1.3), "slower_machine"),
    "1.5 times as many candidates": (Change(candidates=1.5), "more_candidates"),
    "a model with the same name, scores 0.3 deviations higher": (Change(score_shift=0.3), "model_swapped"),
    "a model with the same name, other scale": (Change(score_scale=0.6, score_shift=1.0), "model_swapped"),
    "a model with another name": (Change(ranker="reranker-b", score_shift=0.3), "model_swapped"),
    "a new domain": (
        Change(queries=1.3, documents=1.2, score_shift=-0.5, unknown=2.0, disagreement=0.1),
        "new_domain",
    ),
    "answers that contradict: support from 95 to 80 %": (Change(support=0.8), "less_support"),
}


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-day", type=float, action="append", help="requests a day; default: 20, 1000 and 20000")
    parser.add_argument("--logs", type=int, default=25, help="quiet logs of each kind; default: 25")
    parser.add_argument("--weeks", type=int, default=8, help="watched weeks of each quiet log; default: 8")
    parser.add_argument("--runs", type=int, default=10, help="logs with each change; default: 10, 0 for none")
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    rates = options.per_day or [20.0, 1000.0, 20_000.0]
    seeds = range(options.first_seed, options.first_seed + options.logs)
    for line in quiet(rates, seeds, options.weeks) if options.logs else ():
        _write(line)
    if options.runs:
        _write("")
        for line in delays(rates, range(options.first_seed, options.first_seed + options.runs)):
            _write(line)
    return 0


def quiet(rates: list[float], seeds: range, weeks: int) -> Iterator[str]:
    """Alerts on logs in which nothing changes."""
    yield from _head("requests a day", "deviations", "weeks watched", "false alerts", "of which series")
    for rate in rates:
        for name, world in (("usual", USUAL), ("large", HARD)):
            alerts: list[str] = []
            for seed in seeds:
                log = simulate(World(days=7 + 7 * weeks, per_day=rate, seed=seed, **world))  # type: ignore[arg-type]
                alerts += [alert.trigger for alert in watch(log).alerts]
            series = ", ".join(f"{series} {count}" for series, count in Counter(alerts).most_common()) or "-"
            yield _row(f"{rate:,.0f}", name, f"{len(seeds) * weeks:,}", str(len(alerts)), series)


def delays(rates: list[float], seeds: range) -> Iterator[str]:
    """Requests from the change to its alert, whether it is named rightly and alone, and whether its interval holds it."""
    yield from _head(
        "change on day 10", "requests a day", "found", "named rightly", "requests to detection: median (most)", "since: covered"
    )
    for name, (change, cause) in CHANGES.items():
        for rate in rates:
            found, right, waits, covered = 0, 0, list[int](), 0
            for seed in seeds:
                days = 24.0 if rate <= 1000 else 16.0
                log = simulate(World(days=days, per_day=rate, seed=seed, changes=(change,), **USUAL))  # type: ignore[arg-type]
                at = log.since(change.day)
                alerts = [alert for alert in watch(log).alerts if alert.detected_place >= at]
                if alerts:
                    found += 1
                    right += alerts[0].causes == (cause,) and len(alerts) == 1
                    waits.append(alerts[0].detected_place - at)
                    covered += alerts[0].earliest <= START + (change.day + 1e-2) * DAY and alerts[0].latest >= (
                        START + (change.day - 1e-2) * DAY
                    )
            wait = f"{np.median(waits):,.0f} ({max(waits):,})" if waits else "-"
            yield _row(name, f"{rate:,.0f}", f"{found} of {len(seeds)}", str(right), wait, str(covered))


def watch(log: Simulated) -> WatchReport:
    """With every series that is computed apart."""
    return watch_columns(log.columns, extra=[extra_series(name, log.columns, *values) for name, values in log.extra.items()])


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
