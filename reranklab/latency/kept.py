"""Sweeps in the store: kept as they were measured, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reranklab.errors import StorageError
from reranklab.latency.cold import ColdStart
from reranklab.latency.machine import MachineState
from reranklab.latency.sweep import Cell, Sweep
from reranklab.store.store import Store
from reranklab.store.sweeps import StoredSweep, damaged
from reranklab.types import StageTimes, Timing

_VERSION = 1
"""Of the record. One of another version counts as absent."""


def keep_sweep(store: Store, result: Sweep) -> int:
    """Its number in the store. Raises StorageError where it cannot be written."""
    timing = result.timing
    facts = {
        "lists": len(result.cells),
        "repeats": max(len(cell.runs) for cell in result.cells),
        "candidates": sorted({cell.candidates for cell in result.cells}),
        "tokens": sorted({cell.group for cell in result.cells}),
        "device": timing.device,
        "device_name": timing.device_name,
        "precision": timing.precision,
    }
    record = {"version": _VERSION, **asdict(result)}
    return store.sweeps.put(measured=timing.measured_at, ranker=result.ranker, facts=facts, record=record)


def open_sweep(store: Store, number: int) -> Sweep:
    """The sweep as it was measured. Raises InputError where there is none of that number, and StorageError for one that is
    damaged or of another version."""
    record = store.sweeps.record(number)
    if record.get("version") != _VERSION:
        raise StorageError(
            f"Measurement {number} was kept by another version of RerankLab and counts as absent. Measure again, and delete it."
        )
    try:
        return Sweep(
            ranker=record["ranker"],
            cells=tuple(_cell(cell) for cell in record["cells"]),
            timing=_timing(record["timing"]),
            before=MachineState(**record["before"]),
            after=MachineState(**record["after"]),
            notes=tuple(record["notes"]),
            window=record["window"],
            cold=ColdStart(**record["cold"]) if record["cold"] is not None else None,
            cold_missing=str(record["cold_missing"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(number) from error


def sweep_line(stored: StoredSweep) -> str:
    """What a list says of a sweep besides its number and ranker."""
    facts = stored.facts
    try:
        sizes = ", ".join(f"{size:,}" for size in facts["candidates"])
        lengths = ", ".join(f"{length:,}" for length in facts["tokens"])
        documents = "documents as they are" if facts["tokens"] == [0] else f"{lengths} tokens"
        return f"{sizes} x {documents}, {facts['repeats']} runs each"
    except (KeyError, TypeError, ValueError):
        return "its line is damaged"


def _cell(values: Mapping[str, Any]) -> Cell:
    return Cell(
        **{
            **values,
            "lengths": tuple(values["lengths"]),
            "runs": tuple(StageTimes(**run) for run in values["runs"]),
        }
    )


def _timing(values: Mapping[str, Any]) -> Timing:
    return Timing(**{**values, "runs": tuple(StageTimes(**run) for run in values["runs"])})
