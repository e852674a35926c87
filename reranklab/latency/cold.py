"""How a ranker starts, and how much memory it takes: measured in a fresh process, which has nothing loaded or warm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from reranklab.engine.turns import TURNS
from reranklab.errors import RerankLabError
from reranklab.latency.lists import TimedList
from reranklab.latency.memory import lack_of_memory
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Capability, Ranker

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Times in ms: `ready` from the start of loading to a ranker that can rank, imports with it; `load` the model alone, None
    where there is none; `first` the first ranking of `small` documents, and `warm` the median of three after it.

    Memory in MB: `loaded` the process's right after loading, `above` how far its peak rose over that, ranking up to `large`
    documents of `tokens`; `exact` is False where that is a lower bound, and None stands where the system does not tell. Those
    of the GPU are of CUDA's allocator.
    """

    ready: float
    load: float | None
    first: float
    warm: float
    small: int
    large: int
    tokens: int | None
    loaded: float | None
    above: float | None
    exact: bool
    gpu_loaded: float | None = None
    gpu_above: float | None = None

    def in_words(self) -> str:
        """Its start and its memory in two sentences."""
        model = "" if self.load is None else f", the model {self.load:,.0f} ms of it"
        times = (
            f"ready {self.ready:,.0f} ms after the start of a fresh process's imports{model}; its first ranking of "
            f"{self.small:,} documents takes {self.first:,.1f} ms, a warm one {self.warm:,.1f} ms."
        )
        return " ".join([times, *self.memory_in_words()])

    def memory_in_words(self) -> tuple[str, ...]:
        """A sentence for the process, and one for the GPU; none where the system does not tell."""
        length = "" if self.tokens is None else f" of {self.tokens:,} tokens"
        sentences = []
        if self.loaded is not None and self.above is not None:
            how = "the peak above that is" if self.exact else "the peak rises above that of loading by"
            sentences.append(
                f"The process holds {self.loaded:,.0f} MB when the ranker is loaded, and for {self.large:,} documents{length} "
                f"{how} {self.above:,.0f} MB."
            )
        if self.gpu_loaded is not None and self.gpu_above is not None:
            above = f"the peak above that is {self.gpu_above:,.0f} MB"
            sentences.append(f"On the GPU it holds {self.gpu_loaded:,.0f} MB, and {above}.")
        return tuple(sentences)


def cold_start(
    ranker: Ranker,
    small: TimedList,
    large: TimedList,
    *,
    device: str,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ColdStart:
    """Load the ranker in a process of its own, rank the small list four times there and the large one once.

    Files that the system still holds in memory are read from there, not from the disk. No measured run of this process is at
    work meanwhile. Raises RerankLabError with the reason where such a process cannot do it, and Cancelled.
    """
    if Capability.HOSTED in ranker.capabilities:
        raise RerankLabError("It computes elsewhere, so a fresh process here would show nothing of its start.")
    lack = lack_of_memory(device)
    if lack:
        raise RerankLabError(lack)
    asked = json.dumps({"ranker": ranker.id, "device": device, "small": _list(small), "large": _list(large)})
    with TURNS.take(cancel=cancel, progress=progress):
        report(progress, done=0, total=1, unit="", label="its start in a fresh process")
        answer = _run(asked, cancel)
        report(progress, done=1, total=1, unit="", label="its start in a fresh process")
    if "error" in answer:
        raise RerankLabError(str(answer["error"]))
    return ColdStart(**answer, small=len(small.documents), large=len(large.documents), tokens=large.tokens)


def _run(asked: str, cancel: CancelSignal | None) -> dict[str, Any]:
    unsent: str | None = asked
    # The modules of this process, wherever it found them, and none of the folder that it was started in.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "reranklab.latency.cold_worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=environment,
    ) as process:  # fmt: skip
        try:
            while True:
                try:
                    output, _ = process.communicate(unsent, timeout=_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    unsent = None
                    check_cancel(cancel)
        finally:
            process.kill()
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        return {"error": f"The fresh process ended with status {process.returncode} and no answer."}
    return answer


def _list(timed: TimedList) -> dict[str, Any]:
    return {"query": timed.query.text, "documents": [document.content for document in timed.documents]}
