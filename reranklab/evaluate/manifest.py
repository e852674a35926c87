"""How an evaluation was made, so that somebody else can make it again: what every export of one carries."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from reranklab.data.content import judgements_sha256
from reranklab.errors import InputError
from reranklab.evaluate.differences import DEFAULT_MARGIN
from reranklab.evaluate.evaluated import Evaluated
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.imported import PREFIX
from reranklab.export import provenance_record
from reranklab.models.versions import library_versions
from reranklab.rankers.catalogue import discover, parse_ranker_id
from reranklab.rankers.family import RankerSpec, services_of
from reranklab.services.catalogue import find_service
from reranklab.services.service import CHAT_ID
from reranklab.types import Stage

FORMAT = "reranklab-evaluation"
VERSION = 1


def manifest(evaluation: Evaluated) -> dict[str, Any]:
    """Plain values for JSON. `command` is None where no command repeats it; `command_notes` say why, and what else it needs."""
    settings = evaluation.settings
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": evaluation.run,
        "command": repeat_command(evaluation),
        "command_notes": list(_command_notes(evaluation)),
        "collection": {
            "name": settings.get("dataset"),
            "split": settings.get("split"),
            "source": settings.get("source") or None,
            "documents": settings.get("documents"),
            "sha256": settings.get("collection_sha256"),
        },
        "queries": settings.get("queries"),
        "sample": settings.get("sample"),
        "seed": settings.get("seed") if settings.get("sample") is not None else None,
        "judgements_sha256": judgements_sha256(evaluation.qrels),
        "candidates": settings.get("candidates"),
        "first_stage": settings.get("first_stage"),
        "change": settings.get("change"),
        "measures": list(evaluation.measures),
        "margin": evaluation.margin,
        "baseline": evaluation.baseline,
        "device": settings.get("device"),
        "repeats": settings.get("repeats"),
        "versions": library_versions("ir_measures", "numpy", "scipy"),
        "rankers": [_ranker(result, evaluation) for result in evaluation.results],
    }


def repeat_command(evaluation: Evaluated) -> str | None:
    """The command line that repeats the evaluation, quoted for a POSIX shell; None where it cannot be told."""
    settings = evaluation.settings
    drawn = settings.get("sample") is not None
    if settings.get("change") or not settings.get("source") or (drawn and settings.get("seed") is None):
        return None
    words = ["reranklab", "evaluate", "--dataset", str(settings["source"]), "--split", str(settings.get("split"))]
    words += ["--candidates", evaluation.candidates]
    if drawn:
        words += ["--queries", str(settings["queries"]), "--seed", str(settings["seed"])]
    for result in evaluation.results:
        if not result.ranker.startswith(PREFIX):
            words += ["--ranker", result.ranker]
    for file in evaluation.imported.values():
        words += ["--run", file]
    for measure in evaluation.measures:
        words += ["--metric", measure]
    words += ["--device", str(settings.get("device"))]
    if evaluation.baseline is not None:
        words += ["--baseline", evaluation.baseline]
    if evaluation.margin != DEFAULT_MARGIN:
        words += ["--margin", repr(evaluation.margin)]
    return shlex.join(words)


def _command_notes(evaluation: Evaluated) -> Iterator[str]:
    settings = evaluation.settings
    if settings.get("change"):
        yield f"No command repeats it alone: its input was changed ({settings['change']}), as `reranklab stability` does."
    elif not settings.get("source"):
        yield "No command repeats it: the collection was given as an object, or by an earlier version. Name its folder."
    elif settings.get("sample") is not None and settings.get("seed") is None:
        yield "No command repeats it: the seed of the sample is not known. The ids of its queries are."
    for result in evaluation.results:
        if result.ranker.startswith(PREFIX) and result.ranker not in evaluation.imported:
            yield f"{result.ranker} was imported: give its TREC run with --run."
    specs = list(_specs(evaluation))
    for service in sorted({service for spec in specs for service in services_of(spec)}):
        about = find_service(service)
        names = [about.variable(what) for what in ("URL", "KEY", *(["MODEL"] if service == CHAT_ID else []))]
        yield f"A ranker asks a {about.subject}: set {', '.join(names[:-1])} and {names[-1]}."
    if made := [spec.id for spec in specs if spec.family.id not in discover().families]:
        yield f"The program that made it adds {', '.join(made)}: a command knows installed rankers only."


def _specs(evaluation: Evaluated) -> Iterator[RankerSpec]:
    for result in evaluation.results:
        if not result.ranker.startswith(PREFIX):
            try:
                yield parse_ranker_id(result.ranker)
            except InputError:
                continue


def _ranker(result: RankerResult, evaluation: Evaluated) -> dict[str, Any]:
    first = result.rankings[0] if result.rankings else None
    return {
        "ranker": result.ranker,
        "imported": evaluation.imported.get(result.ranker),
        "provenance": provenance_record(first.provenance) if first else None,
        "stages": _stages(first.stages) if first else [],
    }


def _stages(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    return [
        {"ranker": stage.ranker, "provenance": provenance_record(stage.provenance), "stages": _stages(stage.stages)}
        for stage in stages
    ]
