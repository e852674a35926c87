"""Which engine is the fastest differs by processor: it is measured once, on the model itself, and the choice is kept."""

from __future__ import annotations

import hashlib
import json
import logging
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from reranklab.data.paths import cache_dir
from reranklab.data.shared_files import replace_file
from reranklab.data.strict_json import parse_json
from reranklab.errors import RerankLabError
from reranklab.models.device import synchronise
from reranklab.models.engines.compiled import Compiled, Features
from reranklab.models.engines.crowding import Crowding

_TEXTS = 4
_TOKENS = 256
_RUNS = 5
_LARGEST = 1 << 16
_TRIES = 3
"""Measurements on a crowded machine, after which their result is taken for good."""
_REST = timedelta(hours=1)
"""Until the next one of them: processes that follow each other closely take one engine, and give one set of numbers."""

Batching = Literal["equal", "padded", "packed"]
"""What an engine takes in one batch: texts of one length, of unequal ones with padding, or without it."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A way to compute a graph: `name` among the others, `backend` and `precision` as the provenance says them."""

    name: str
    backend: str
    precision: str
    make: Callable[[], Compiled]
    batching: Batching = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The engine taken, and the median ms of each on the texts measured; `kept` says that it was earlier."""

    engine: Engine
    compiled: Compiled
    times: Mapping[str, float]
    measured_at: str
    kept: bool


def fastest(
    engines: Sequence[Engine],
    *,
    batches: Sequence[Features],
    about: Mapping[str, Any],
    is_right: Callable[[Compiled], bool],
    device_id: str = "cpu",
) -> Choice:
    """The fastest of the engines on a device for what `about` says: model, processor or GPU, threads and library versions.

    A choice kept for the same `about` and the same engines is taken again. Otherwise each engine is made and runs the batches
    once unmeasured and 5 times in turn. What was measured while other processes took the processor is measured again an hour
    later, up to twice, and each engine's least time counts. An engine that fails, or of which `is_right` is false, is left out,
    now and whenever it is made again. Raises RuntimeError where none is left.
    """
    path = _place(about, engines)
    known = _read(path)
    if known is not None and (known.final or known.is_fresh(datetime.now(UTC))):
        by_name = {engine.name: engine for engine in engines}
        if known.chosen in by_name and (made := _made([by_name[known.chosen]], (), is_right)):
            ((engine, compiled),) = made
            return Choice(engine=engine, compiled=compiled, times=known.times, measured_at=known.measured_at, kept=True)
    made = _made(engines, batches, is_right)
    if not made:
        raise RuntimeError("no engine computes this model")
    runs: dict[str, list[float]] = {engine.name: [] for engine, _ in made}
    crowding = Crowding()
    for _ in range(_RUNS):
        for engine, compiled in made:
            synchronise(device_id)
            start = time.perf_counter()
            compiled.run(batches)
            synchronise(device_id)
            runs[engine.name].append(1000 * (time.perf_counter() - start))
    crowded = crowding.crowded
    times = {name: round(statistics.median(each), 3) for name, each in runs.items()}
    earlier = known if known is not None and not known.final and crowded else None
    if earlier:
        times = {name: min(each, earlier.times.get(name, each)) for name, each in times.items()}
    engine, compiled = min(made, key=lambda each: times[each[0].name])
    measured_at = datetime.now(UTC).isoformat(timespec="seconds")
    tries = (earlier.tries if earlier else 0) + 1
    found = {"chosen": engine.name, "ms": times, "measured_at": measured_at, "crowded": crowded, "tries": tries}
    _write(path, {**found, "about": dict(about)})
    return Choice(engine=engine, compiled=compiled, times=times, measured_at=measured_at, kept=False)


def sample(vocabulary: int, *, window: int, tokens: int = _TOKENS) -> list[Features]:
    """4 texts of 256 `tokens`, or as many as the window holds, drawn from the vocabulary without its beginning."""
    import numpy as np

    ids = np.random.default_rng(0).integers(vocabulary // 4, vocabulary, size=(1, min(tokens, window)))
    text = {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": np.ones_like(ids)}
    return [text] * _TEXTS


def _made(
    engines: Sequence[Engine], batches: Sequence[Features], is_right: Callable[[Compiled], bool]
) -> list[tuple[Engine, Compiled]]:
    made: list[tuple[Engine, Compiled]] = []
    for engine in engines:
        try:
            compiled = engine.make()
            right = is_right(compiled)
            compiled.run(batches)
        except (RuntimeError, ValueError, TypeError, AttributeError, AssertionError) as error:
            _logger.warning("The engine %s does not run this model and is left out", engine.name, exc_info=error)
            continue
        if right:
            made.append((engine, compiled))
        else:
            _logger.warning("The engine %s computes other scores than PyTorch for this model and is left out", engine.name)
    return made


def _place(about: Mapping[str, Any], engines: Sequence[Engine]) -> Path:
    names = sorted(engine.name for engine in engines)
    text = json.dumps([dict(about), names, _TEXTS, _TOKENS], sort_keys=True)
    return cache_dir() / "engines" / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A choice as the cache has it, after `tries` measurements. `crowded` says that others took the processor meanwhile."""

    chosen: str
    times: Mapping[str, float]
    measured_at: str
    crowded: bool
    tries: int

    @property
    def final(self) -> bool:
        return not self.crowded or self.tries >= _TRIES

    def is_fresh(self, now: datetime) -> bool:
        try:
            return now - datetime.fromisoformat(self.measured_at) < _REST
        except (TypeError, ValueError):
            return False


def _read(path: Path) -> _Kept | None:
    """What is kept; None where nothing is, or nothing that makes sense: then it is measured anew."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        record = parse_json(path.read_bytes(), where=str(path))
    except (OSError, RerankLabError):
        return None
    if not isinstance(record, dict):
        return None
    name, times, measured_at = record.get("chosen"), record.get("ms"), record.get("measured_at")
    crowded, tries = record.get("crowded"), record.get("tries")
    if not isinstance(name, str) or not isinstance(times, dict) or not isinstance(measured_at, str):
        return None
    if not isinstance(crowded, bool) or not isinstance(tries, int):
        return None
    if not all(isinstance(each, int | float) for each in times.values()):
        return None
    read = {str(key): float(value) for key, value in times.items()}
    return _Kept(chosen=name, times=read, measured_at=measured_at, crowded=crowded, tries=tries)


def _write(path: Path, record: Mapping[str, Any]) -> None:
    """Keep the choice. A disk that refuses costs the next process a second of measuring, and nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, [json.dumps(record, indent=1).encode()])
    except OSError as error:
        _logger.info("The choice of an engine cannot be kept in %s: %s", path.parent, error)
