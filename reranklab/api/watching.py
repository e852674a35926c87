"""`watch`: what changed in a log of production, when and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, as_spec
from reranklab.api.show import Cell, Shown
from reranklab.api.sources import Source, as_source
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.extras import TABLES
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Document
from reranklab.watch.alert_words import alert_title, since_words, sure_words
from reranklab.watch.behind import Behind, requests_behind
from reranklab.watch.check import WatchOutcome, judge_watch
from reranklab.watch.check_file import read_watch_check
from reranklab.watch.log.documents import named_documents
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import ReadLog, read_log
from reranklab.watch.monitor import WEEKS, watch_columns
from reranklab.watch.prometheus import prometheus_text
from reranklab.watch.record import iso, watch_record
from reranklab.watch.report import Alert, WatchReport
from reranklab.watch.sampled import DEFAULT_SAMPLE, Sampled, sample_series, take_sample
from reranklab.watch.windows import parse_span

if TYPE_CHECKING:
    import pandas

    from reranklab.latency.law import Law
    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint

_FIGURES = ("latency", "lengths", "scores", "sample")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WatchResult(Shown):
    """A watched log. Iterating gives its alerts in the order of their changes."""

    log: ReadLog
    report: WatchReport
    sampled: Sampled | None = None
    outcomes: tuple[WatchOutcome, ...] = ()
    masking: Masking | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was read and what was not, what was computed for a sample, and what is not watched."""
        sampled = self.sampled.sentences() if self.sampled else ()
        return (*self.log.counts.sentences(), *sampled, *self.report.notes)

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _FIGURES if self.sampled is not None else _FIGURES[:-1]

    def __iter__(self) -> Iterator[Alert]:
        return iter(self.report.alerts)

    def __len__(self) -> int:
        return len(self.report.alerts)

    def figure(self, name: str) -> Drawing:
        """A figure over time with its text alternative. Raises InputError, naming the figures, for an unknown name, and where
        the log does not tell what it shows."""
        check_figure(name, self.figures)
        from reranklab.plots.watch import WATCH_FIGURES

        return WATCH_FIGURES[name][1](self.report)

    def behind(self, alert: Alert, *, requests: int = 50) -> Behind:
        """The requests behind an alert, evenly over time, as queries with their candidates; `ranked` of it is what to judge.
        Raises InputError for a number below 1, and for a log that changed since."""
        return requests_behind(self.log, alert, number=requests, masking=self.masking, documents=self.documents)

    def collect(self, alert: Alert, name: str, *, requests: int = 50) -> Path:
        """Keep them as a collection of that name, to be judged, and give its folder. Raises InputError for what cannot be a
        name and where none of them has its texts, and StorageError."""
        from reranklab.data.unjudged import keep_unjudged

        return keep_unjudged(name, self.behind(alert, requests=requests).ranked)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each window: requests, percentiles in ms, means and shares. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        return pandas.DataFrame(
            {
                "begin": pandas.Timestamp(window.begin, unit="s", tz="UTC"),
                "requests": window.requests,
                **{f"{name}_ms": value.value for name, value in window.latency.items()},
                "over_law": None if window.over_law is None else window.over_law.value,
                **{name: value.mean for name, value in (*window.means.items(), *window.shares.items())},
            }
            for window in self.report.windows
        )

    def to_prometheus(self) -> str:
        """The last window and the alerts in Prometheus' text format."""
        return prometheus_text(self.report, self.log.counts)

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab watch` gives as JSON, as plain values."""
        return watch_record(self.log, self.report, self.sampled, self.outcomes)

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        report = self.report
        rows: list[list[Cell]] = [
            [number, alert_title(alert), iso(alert.since), iso(alert.detected), alert.places.size]
            for number, alert in enumerate(self, start=1)
        ]
        head = f"{report.requests:,} requests from {iso(report.begin)} to {iso(report.end)}, {len(self):,} alerts"
        checks = [f"{each.state}: {each.limit.words}. {each.words}" for each in self.outcomes]
        told = [f"{each.sentence} {since_words(each)} {sure_words(each, weeks=report.weeks)}" for each in self]
        return head, ["alert", "cause", "since", "detected", "requests behind"], rows, [*told, *checks, *self.notes]


def watch(
    logs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    names: Mapping[str, str] = MappingProxyType({}),
    searches: bool = False,
    documents: Source | Sequence[Source] = (),
    masking: Masking | None = Masking(),  # noqa: B008
    window: str = "day",
    baseline: float | str | os.PathLike[str] | None = None,
    weeks: float = WEEKS,
    law: Law | None = None,
    reference: AnyRanker | None = None,
    tokenizer: AnyRanker | None = None,
    support: str = "",
    sample: int = DEFAULT_SAMPLE,
    check: str | os.PathLike[str] | None = None,
    seed: int = 0,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> WatchResult:
    """What changed in a log, one line a request, in one file or several; docs/watch.md has its fields.

    `names` says how the log calls our fields. `baseline` is the days at the beginning that are usual, or a log of the time
    before; `weeks` the quiet weeks in which all series together raise one false alert at most; `law` that of the ranker, as
    `latency(...).forecast().law`, else one is fitted to the log. For a `sample` of the requests the order is compared with a
    `reference` ranker's, cuts are told by the `tokenizer` that is logged, and the `support` of answers is judged: auto, scores,
    entailment, entailment:MODEL, chat or chat:MODEL. `documents` have the texts that the log names by id; personal data in
    texts is masked, with None not. `check` is a file of limits: see `outcomes`. Raises InputError for what cannot be read or
    used, Cancelled, and what building rankers raises.
    """
    limits = read_watch_check(Path(check)) if check is not None else ()
    span = parse_span(window)
    before, days = ([Path(baseline)], None) if isinstance(baseline, str | os.PathLike) else ([], baseline)
    paths = [logs] if isinstance(logs, str | os.PathLike) else list(logs)
    if not paths:
        raise InputError("There is no log to read. Name one file at least.")
    log = read_log(*before, *map(Path, paths), names=names, searches=searches, cancel=cancel, progress=progress)
    sources = [documents] if isinstance(documents, str | os.PathLike) or not isinstance(documents, Sequence) else documents
    texts = named_documents([as_source(each) for each in sources])
    sampled = None
    if reference is not None or tokenizer is not None or support:
        from reranklab.watch.support.judges import judge_of

        built = [build_ranker(as_spec(each), device=device) if each is not None else None for each in (reference, tokenizer)]
        judge = judge_of(support, device=device, endpoints=endpoints) if support else None
        taken = take_sample(log, sample, masking=masking, documents=texts, seed=seed)
        sampled = sample_series(
            log.columns, taken, reference=built[0], tokenizer=built[1], judge=judge, cancel=cancel, progress=progress
        )
    extra = sampled.series if sampled else ()
    report = watch_columns(
        log.columns,
        extra=extra,
        law=law,
        baseline_days=log.days_of_first_file() if before else days,
        weeks=weeks,
        span=span,
        cancel=cancel,
    )
    return WatchResult(
        log=log,
        report=report,
        sampled=sampled,
        outcomes=judge_watch(limits, report, log.columns, extra),
        masking=masking,
        documents=texts,
    )
