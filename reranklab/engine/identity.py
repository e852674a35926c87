"""The key under which a ranking is kept for good: the exact input, and all that is known beforehand of what computes it."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from reranklab.engine.cache import input_key
from reranklab.engine.request import Candidates, RunSettings, context_of
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import Device, resolve_device
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.types import Document, Query

_COMPUTING = (
    "reranklab",
    "numpy",
    "onnxruntime",
    "rank-bm25",
    "regex",
    "PyStemmer",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "transformers",
)


def maker(spec: RankerSpec, settings: RunSettings, *, context: str, device: Device | None = None) -> str:
    """What computes, apart from the ranker's id: weights, device, versions, endpoint, and the collection that `context` names.

    `device` is where it ran, where that is not this machine's of that name. Weights count by their pinned revision, those of a
    folder by the size and time of its files. Raises as `resolve_device` and `model_entry` do.
    """
    collection = Candidates(documents=(), context=context)
    name = (device or resolve_device(settings.device)).name
    return "\n".join([context_of(spec, collection, settings), *_revisions(spec), name, *computing_versions()])


def result_key(
    query: Query,
    documents: Sequence[Document],
    spec: RankerSpec,
    settings: RunSettings,
    *,
    made_by: str,
    device: Device | None = None,
) -> str:
    """The digest of query, candidates, ranker, device, repeats, and `made_by`, which `maker` gives; `device` as there. Raises
    as `resolve_device` does."""
    return input_key(
        query,
        documents,
        ranker=spec.id,
        device=(device or resolve_device(settings.device)).id,
        repeats=settings.repeats,
        context=made_by,
    )


def _revisions(spec: RankerSpec) -> Iterator[str]:
    if spec.family.kinds:
        entry = model_entry(spec)
        yield f"{entry.id} {entry.revision}"
        if entry.source == "folder":
            yield from _files(entry)
    for stage in spec.stages:
        yield from _revisions(stage)


def _files(entry: CatalogueEntry) -> Iterator[str]:
    folder = Path(entry.id).expanduser()
    for path in sorted((*folder.glob("*"), *folder.glob("*/*"))):
        if path.is_file():
            facts = path.stat()
            yield f"{path.relative_to(folder)} {facts.st_size} {facts.st_mtime_ns}"


@cache
def computing_versions() -> tuple[str, ...]:
    """Python and the packages that take part in a score, each with its version."""
    return (platform.python_version(), *(f"{name} {_version(name)}" for name in _COMPUTING))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
