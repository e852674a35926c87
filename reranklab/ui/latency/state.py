"""What the Latency page shows, and the work that it began."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.latency.sweep import Sweep
from reranklab.ui.jobs import Job


@dataclass(slots=True, kw_only=True)
class LatencyState:
    """The form as it was typed, the work, and what it gave. `collection` is the name of the one whose documents are timed as
    they are, "" for documents of given lengths. `budget` is in ms, 0 for none; `cold` measures the start too.
    `candidates_asked` and `tokens_asked` are the list whose time is predicted. `shown` is the number of the open sweep, 0 for
    the newest; `section` is an id. `across` is what time is drawn against, "documents" or "tokens", and `overlaid` puts
    published times on the curves. `unkept` are sweeps that the store did not take, by a number below 0, and `taken` how many
    sweeps of the job were taken over."""

    collection: str = ""
    queries: int = 5
    candidates: str = "5, 10, 20, 50"
    tokens: str = "32, 64, 128, 256"
    repeats: int = 5
    budget: int = 200
    cold: bool = True
    shown: int = 0
    section: str = ""
    across: str = "documents"
    overlaid: bool = False
    candidates_asked: int = 100
    tokens_asked: int = 256
    problem: str = ""
    warnings: list[str] = field(default_factory=list)
    job: Job[None] | None = None
    taken: int = 0
    unkept: dict[int, Sweep] = field(default_factory=dict)
    link_read: bool = False
