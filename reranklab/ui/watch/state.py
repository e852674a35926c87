"""What the Watch page shows and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from reranklab.rankers.estimate import Estimate
from reranklab.types import Document
from reranklab.ui.jobs import Job
from reranklab.watch.behind import Behind
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import ReadLog
from reranklab.watch.report import WatchReport
from reranklab.watch.sampled import Sampled

SAMPLE, UPLOAD, PATH = "sample", "upload", "path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A log that was watched: `documents` are texts by id that the log itself may lack, `span` the windows, `days` the
    baseline, None for the usual one."""

    name: str
    log: ReadLog
    report: WatchReport
    documents: Mapping[str, Document]
    span: str
    days: float | None
    sampled: Sampled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The requests behind the alert `number`, kept as the collection `name`; `before` is "" or that of the requests before."""

    number: int
    name: str
    before: str
    behind: Behind


@dataclass(slots=True, kw_only=True)
class WatchState:
    """`source` is an id. An uploaded log lies in `room` for as long as the session, under `upload`. `documents` names a
    collection whose texts the log names by id, "" for none. `days` 0 is the usual baseline. `reference` and `judge` are what a
    sample is computed by, "" for nothing; `told` is what the judge of `told_for` will ask. `opened` belongs to the report of
    `opened_of`."""

    source: str = SAMPLE
    path: str = ""
    upload: str = ""
    room: TemporaryDirectory[str] | None = None
    documents: str = ""
    documents_path: str = ""
    span: str = "day"
    days: int = 0
    mask: bool = True
    requests: int = 50
    settings_open: bool = False
    started: bool = False
    problem: str = ""
    job: Job[Watched] | None = None
    view: str = "latency"
    number: int = 200
    reference: str = ""
    judge: str = ""
    chat_model: str = ""
    sample_job: Job[Watched] | None = None
    sample_problem: str = ""
    told: Estimate | None = None
    told_for: str = ""
    opened: Opened | None = None
    opened_problem: str = ""
    query: str = ""
    names: dict[int, str] = field(default_factory=dict)

    @property
    def masking(self) -> Masking | None:
        return Masking() if self.mask else None

    @property
    def watched(self) -> Watched | None:
        """What the page shows: with what was computed for a sample, where that is done."""
        for job in (self.sample_job, self.job):
            if job is not None and not job.running and job.error is None:
                return job.result
        return None
