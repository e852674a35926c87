"""A comparison as a file that opens again, on another machine too: `rank`'s JSON, with the documents and every measured run.

It holds the texts of the query and the documents. It holds no address, no key and no name of a machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reranklab.data.paths import typed_path
from reranklab.data.statistics import statistics_of
from reranklab.data.storage import storing
from reranklab.engine.comparison import Comparison
from reranklab.export import to_dict
from reranklab.types import Ranking, Stage, Timing

FORMAT = "reranklab-result"
LABEL = "Saved · "
"""How the label of an opened one begins."""
VERSION = 1
"""Raised when a reader of the version before would read something wrong. New keys need no new version."""


def save_comparison(comparison: Comparison) -> str:
    """JSON text that `open_comparison` reads. Raises InputError for a run without rankings."""
    return json.dumps(saved_record(comparison), ensure_ascii=False, allow_nan=False, indent=1)


def save_to_file(comparison: Comparison, file: str | os.PathLike[str]) -> Path:
    """Write `save_comparison` into a file. Raises as it does, and StorageError where the disk refuses."""
    path = typed_path(file, what="The file")
    text = save_comparison(comparison)
    with storing("The result", path.parent, instead="choose another file"):
        path.write_text(text, encoding="utf-8")
    return path


def saved_record(comparison: Comparison) -> dict[str, Any]:
    """The same as plain values. Times in ms."""
    record = to_dict(comparison.rankings, notes=comparison.notes)
    rankings = zip(comparison.rankings, record["rankings"], strict=True)
    request, candidates = comparison.request, comparison.candidates
    texts = [request.query.text, *(document.content for document in candidates.documents)]
    stored = statistics_of(candidates.statistics, texts)
    return {
        "format": FORMAT,
        "version": VERSION,
        **record,
        "query_id": request.query.id,
        "label": request.label.removeprefix(LABEL.removesuffix(" · ")).removeprefix(" · "),
        "device": comparison.settings.device,
        "repeats": comparison.settings.repeats,
        "rankings": [_with_runs(ranking, entry) for ranking, entry in rankings],
        "failures": [{"ranker": run.ranker, "message": run.message} for run in comparison.failures],
        "documents": [asdict(document) for document in candidates.documents],
        "judgements": dict(request.judgements),
        "pool": candidates.pool,
        "statistics": None if stored is None else {name: asdict(counted) for name, counted in stored.counted.items()},
    }


def _with_runs(ranking: Ranking, entry: dict[str, Any]) -> dict[str, Any]:
    items = zip(ranking.items, entry["items"], strict=True)
    return {
        **entry,
        "items": [{**each, "candidate": item.candidate, "unknown_share": item.unknown_share} for item, each in items],
        "timing": _timing(ranking.timing, entry["timing"]),
        "scale": asdict(ranking.scale),
        "stages": _stages(ranking.stages, entry["stages"]),
    }


def _stages(stages: Sequence[Stage], entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **entry,
            "timing": _timing(stage.timing, entry["timing"]),
            "scale": asdict(stage.scale),
            "stages": _stages(stage.stages, entry["stages"]),
        }
        for stage, entry in zip(stages, entries, strict=True)
    ]


def _timing(timing: Timing, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **entry,
        "all_runs": [asdict(run) for run in timing.runs],
        "documents": timing.documents,
        "tokens": timing.tokens,
        "device_name": timing.device_name,
        "precision": timing.precision,
    }
