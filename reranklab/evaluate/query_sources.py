"""Where the queries of a drift warning come from: a stored run, a collection, or a file of queries."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from reranklab.data.beir import load_dataset
from reranklab.data.collection import UNJUDGED, Collection, load_unjudged, sample_queries
from reranklab.data.judged import judged_folder
from reranklab.data.paths import is_folder, typed_path
from reranklab.data.queries import ParsedQueries, is_query_file, read_query_file
from reranklab.data.unjudged import unjudged_names
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.drift_warning import QuerySample
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.operator import Lock, is_locked
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.store.store import Store
from reranklab.types import Query, Ranking

MOST_QUERIES = 2000
"""A seeded sample of so many is taken where no number is asked for: the permutations hold every query."""

_RUN = re.compile(r"run:([0-9]{1,18})")

_logger = logging.getLogger(__name__)


def run_number(source: str) -> int | None:
    """The number in `run:N`, or None for another source."""
    match = _RUN.fullmatch(source)
    return int(match[1]) if match else None


def load_queries(
    source: str | Path, *, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Collection | ParsedQueries:
    """A file of queries, or a dataset, of which a folder or a collection kept here needs no judgements.

    Raises as `read_query_file` and `load_dataset` do.
    """
    if is_query_file(source):
        return read_query_file(source)
    if str(source) in unjudged_names():
        return load_unjudged(judged_folder(str(source)))
    if not is_locked(Lock.LOCAL_FILES) and _is_unjudged(folder := typed_path(source, what="The dataset")):
        return load_unjudged(folder)
    return load_dataset(source, cancel=cancel, progress=progress)


def query_sample(
    source: Collection | ParsedQueries,
    specs: Sequence[RankerSpec],
    *,
    corpus: Collection | None = None,
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> QuerySample:
    """A seeded sample of the queries, ranked over the documents of `corpus`, or else of their own collection.

    Without documents, or rankers, only the queries' texts can be compared. Raises as `prepare_tasks` and `TaskSet.evaluate` do.
    """
    asked = source.queries.values() if isinstance(source, Collection) else source.queries
    searched = corpus or (source if isinstance(source, Collection) else None)
    collection = Collection(
        name=source.name,
        split=source.split if isinstance(source, Collection) else UNJUDGED,
        documents=searched.documents if searched is not None else {},
        queries={query.id: query for query in asked},
        qrels=source.qrels if isinstance(source, Collection) and searched is source else {},
        notes=source.notes,
    )
    number = queries if queries is not None else MOST_QUERIES
    notes = (
        (f"A seeded sample of {number:,} of the {len(collection.queries):,} queries of {source.name} is compared.",)
        if queries is None and len(collection.queries) > number
        else ()
    )
    if not collection.documents or not specs:
        chosen = sample_queries(collection, number=number, seed=seed)
        return QuerySample(name=source.name, queries=chosen, notes=(*source.notes, *notes))
    tasks = prepare_tasks(
        collection, candidates=candidates, queries=number, seed=seed, device=device, cancel=cancel, progress=progress
    )
    results = tasks.evaluate(
        specs, measures=None, device=device, store=store, fresh=fresh, warn=warn, cancel=cancel, progress=progress
    )
    failed = tuple(
        f"{result.ranker} failed on {source.name}: {result.errors[0].message}" for result in results if result.errors
    )
    return QuerySample(
        name=source.name,
        queries=tuple(task.query for task in tasks.tasks),
        rankings={
            result.ranker: {ranking.query.id: ranking for ranking in result.rankings} for result in results if result.rankings
        },
        candidates=candidates,
        notes=(*tasks.notes, *notes, *failed),
    )


def stored_sample(store: Store, number: int) -> QuerySample:
    """The queries and rankings of a stored run. Raises InputError for a run that does not exist, or has no ranking."""
    run = store.runs.get(number)
    found: dict[str, dict[str, Ranking]] = {}
    queries: dict[str, Query] = {}
    for answer in store.runs.queries(number):
        ranking = None if answer.key is None else store.results.get(answer.key)
        if ranking is not None:
            found.setdefault(answer.ranker, {})[answer.query_id] = ranking
            queries[answer.query_id] = ranking.query
    if not queries:
        raise InputError(f"Run {number} has no ranking to compare with. Choose another.")
    return QuerySample(
        name=f"{run.settings.get('dataset')} (run {number})",
        queries=tuple(queries.values()),
        rankings={ranker: found[ranker] for ranker in run.rankers if ranker in found},
        candidates=str(run.settings.get("candidates", "")),
    )


def told_apart(samples: Sequence[QuerySample]) -> list[QuerySample]:
    """The samples with names of which no two are alike."""
    names: list[str] = []
    for sample in samples:
        count = sum(each.name == sample.name for each in samples[: len(names)])
        names.append(f"{sample.name} ({count + 1})" if count else sample.name)
    return [replace(sample, name=name) for sample, name in zip(samples, names, strict=True)]


def _is_unjudged(path: Path) -> bool:
    """A folder in BEIR layout but for the judgements."""
    if not is_folder(path):
        return False
    has_texts = all(list(path.glob(f"{stem}.jsonl*")) for stem in ("corpus", "queries"))
    return has_texts and not list((path / "qrels").glob("*.tsv"))
