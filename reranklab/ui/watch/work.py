"""The work of the Watch page, each piece a function that a job runs: it takes plain values and never asks the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reranklab.data.beir import load_dataset
from reranklab.data.collection import load_documents
from reranklab.data.paths import is_file, typed_path
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document
from reranklab.ui.jobs import Emit
from reranklab.ui.watch.state import PATH, SAMPLE, Watched, WatchState
from reranklab.watch.log.mask import Masking
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from reranklab.watch.monitor import watch_columns
from reranklab.watch.sampled import sample_series, take_sample
from reranklab.watch.support.judges import judge_of
from reranklab.watch.windows import parse_span

Work = Callable[[CancelSignal, Emit], Watched]


def watching(state: WatchState) -> Work:
    """Read the chosen log and watch it. Raises InputError for what is missing, and LockedError for a path where
    files are locked."""
    name, path = _log(state)
    texts = _texts(state)
    span, days = state.span, state.days or None

    def work(cancel: CancelSignal, emit: Emit) -> Watched:
        log = read_log(path, cancel=cancel, progress=emit)
        documents = texts(cancel, emit)
        report = watch_columns(log.columns, baseline_days=days, span=parse_span(span), cancel=cancel)
        return Watched(name=name, log=log, report=report, documents=documents, span=span, days=days)

    return work


def sampling(
    watched: Watched,
    *,
    number: int,
    reference: str,
    judge: str,
    masking: Masking | None,
    device: str,
    endpoints: Sequence[Endpoint],
) -> Work:
    """Compute what is asked for a sample, and watch the log with it. Raises InputError for nothing asked, and what building the
    ranker and the judge raises."""
    if not (reference or judge):
        raise InputError("Nothing is chosen to be computed. Choose a reference ranker, a judge or both.")
    ranker = build_ranker(reference, device=device) if reference else None
    asked = judge_of(judge, device=device, endpoints=endpoints) if judge else None

    def work(cancel: CancelSignal, emit: Emit) -> Watched:
        sample = take_sample(watched.log, number, masking=masking, documents=watched.documents)
        sampled = sample_series(watched.log.columns, sample, reference=ranker, judge=asked, cancel=cancel, progress=emit)
        report = watch_columns(
            watched.log.columns,
            extra=sampled.series,
            baseline_days=watched.days,
            span=parse_span(watched.span),
            cancel=cancel,
        )
        return replace(watched, report=report, sampled=sampled)

    return work


def _log(state: WatchState) -> tuple[str, Path]:
    if state.source == SAMPLE:
        return "Sample log", sample_log_path()
    if state.source == PATH:
        if not state.path.strip():
            raise InputError("No log is named. Give the path of a JSONL file.")
        check_unlocked(Lock.LOCAL_FILES, "A log by its path", "Upload it.")
        path = typed_path(state.path.strip(), what="The log")
        return path.name, path
    if not state.upload or state.room is None:
        raise InputError("There is no log to watch. Upload one.")
    return state.upload, Path(state.room.name) / "log"


def _texts(state: WatchState) -> Callable[[CancelSignal, Emit], Mapping[str, Document]]:
    """What reads the documents that the log names."""
    if state.source == SAMPLE:
        return lambda cancel, emit: load_documents(sample_documents_path())
    name, typed = state.documents, state.documents_path.strip()
    if typed:
        check_unlocked(Lock.LOCAL_FILES, "Documents by their path", "Choose a collection.")
        path = typed_path(typed, what="The documents")
        if not is_file(path) and not path.is_dir():
            raise InputError(f"There is no file or folder {typed}. Give a corpus.jsonl, or the folder that holds it.")
        return lambda cancel, emit: load_documents(path)
    if not name:
        return lambda cancel, emit: {}
    return lambda cancel, emit: dict(load_dataset(name, cancel=cancel, progress=emit).documents)
