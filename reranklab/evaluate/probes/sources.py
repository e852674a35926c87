"""Where probes come from: the user's saved ones, those in sample_data, those that rules make of a collection, and a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection
from reranklab.data.paths import app_dir
from reranklab.data.probes import list_probes
from reranklab.data.statistics import CollectionStatistics
from reranklab.errors import InputError
from reranklab.evaluate.probes.files import read_probes
from reranklab.evaluate.probes.generate import generate
from reranklab.evaluate.probes.probe import BehaviourProbe
from reranklab.evaluate.probes.run import ProbeSet
from reranklab.evaluate.probes.texts import terms_of
from reranklab.explain.edits import edit_label
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Document

SAVED, SAMPLES, GENERATE = "saved", "samples", "generate:"
SOURCE_HELP = "saved, samples, generate:DATASET, or a file of JSON lines"
_NEAR = 50


def samples_file() -> Path:
    """The probes that come with the program."""
    return app_dir() / "sample_data" / "probes" / "probes.jsonl"


def load_source(
    source: str | Collection,
    *,
    queries: int | None = None,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ProbeSet:
    """The probes of a source; `queries` and `seed` draw a sample of a collection's queries. A collection that is loaded is
    probed as generate:DATASET is. Raises InputError for a source that does not exist or has no probes."""
    if isinstance(source, Collection):
        return _generated(source, queries=queries, seed=seed, cancel=cancel, progress=progress)
    if source.startswith(GENERATE):
        collection = load_dataset(source.removeprefix(GENERATE), cancel=cancel, progress=progress)
        return _generated(collection, queries=queries, seed=seed, cancel=cancel, progress=progress)
    if source == SAVED:
        return _saved()
    path = samples_file() if source == SAMPLES else Path(source)
    return ProbeSet(source=source, probes=with_unrelated(read_probes(path, source=source)))


def with_unrelated(probes: Iterable[BehaviourProbe]) -> tuple[BehaviourProbe, ...]:
    """Each probe with the original of the next one that shares no term with its query, where one of the next 50 is such."""
    every = tuple(probes)
    terms = [terms_of(probe.original.content) for probe in every]

    def unrelated(place: int) -> Document | None:
        asked = terms_of(every[place].query.text)
        following = ((place + step) % len(every) for step in range(1, min(len(every), _NEAR + 1)))
        return next((every[other].original for other in following if not asked & terms[other]), None)

    return tuple(replace(probe, unrelated=unrelated(place)) for place, probe in enumerate(every))


def _generated(
    collection: Collection, *, queries: int | None, seed: int, cancel: CancelSignal | None, progress: Progress | None
) -> ProbeSet:
    made = generate(collection, queries=queries, seed=seed, cancel=cancel, progress=progress)
    return ProbeSet(
        source=f"{GENERATE}{collection.name}",
        probes=made.probes,
        statistics=CollectionStatistics(collection),
        notes=made.notes,
    )


def _saved() -> ProbeSet:
    """What was saved on the Explain page; a probe that expects nothing cannot be passed and is left out."""
    known = list_probes()
    probes, notes = [], [line.warning for line in known.damaged]
    without = sum(probe.expectation == "unknown" for probe in known.probes)
    if without:
        which = "probe expects nothing and was" if without == 1 else "probes expect nothing and were"
        notes.append(f"{without:,} saved {which} left out.")
    for saved in known.probes:
        if saved.expectation == "unknown" or saved.original.content == saved.edited.content:
            continue
        probes.append(
            BehaviourProbe(
                id=saved.id,
                capability=edit_label(saved.edit),
                query=saved.query,
                original=saved.original,
                edited=saved.edited,
                expected=saved.expectation,
                edit=saved.edit,
                note=saved.note,
                source=SAVED,
            )
        )
    if not probes:
        raise InputError("No saved probe says what it expects. Save an edit on the Explain page with what should happen.")
    return ProbeSet(source=SAVED, probes=with_unrelated(probes), notes=tuple(notes))
