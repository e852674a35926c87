"""The TOML file of `reranklab check`: what is evaluated, and the limits."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.probes.sources import GENERATE, SAMPLES, SAVED
from reranklab.rankers.catalogue import parse_ranker_id

_KEYS = {
    "metric": ("ranker", "metric", "at_least"),
    "baseline": ("ranker", "metric", "baseline", "margin"),
    "first": ("ranker", "query", "first"),
    "p95_ms": ("ranker", "p95_ms"),
    "probe": ("ranker", "probe", "at_least"),
}
_OPTIONAL = {"probe": {"source"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit: `kind` says which of its values count. `value` is a mean, a margin, milliseconds or a pass rate; `probe` names
    a capability of the probes of `source`."""

    kind: Literal["metric", "baseline", "first", "p95_ms", "probe"]
    ranker: str
    metric: str = ""
    value: float = 0.0
    baseline: Path | None = None
    query: str = ""
    document: str = ""
    probe: str = ""
    source: str = ""

    @property
    def words(self) -> str:
        """The limit as a reader writes it."""
        match self.kind:
            case "metric":
                return f"{self.ranker}: {self.metric} at least {self.value:g}"
            case "baseline":
                return f"{self.ranker}: {self.metric} not below {self.baseline} by more than {self.value:g}"
            case "first":
                return f"{self.ranker}: {self.document} is first for query {self.query}"
            case "probe":
                return f"{self.ranker}: probe {self.probe} at least {self.value:g} ({self.source})"
        return f"{self.ranker}: 95 % of queries within {self.value:g} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is evaluated, and the limits. `collection` is "" where all limits are on probes."""

    collection: str
    split: str | None
    candidates: str
    queries: int | None
    seed: int
    device: str
    limits: tuple[Limit, ...]

    @property
    def rankers(self) -> tuple[str, ...]:
        """Those that are evaluated on the collection."""
        return tuple(dict.fromkeys(limit.ranker for limit in self.limits if limit.kind != "probe"))

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(limit.metric for limit in self.limits if limit.metric))

    @property
    def probes(self) -> Mapping[str, tuple[str, ...]]:
        """Source of probes to the rankers that are probed by it."""
        found: dict[str, dict[str, None]] = {}
        for limit in self.limits:
            if limit.kind == "probe":
                found.setdefault(limit.source, {})[limit.ranker] = None
        return {source: tuple(rankers) for source, rankers in found.items()}


def read_check(path: Path) -> Check:
    """The check of a TOML file. Baselines are looked for beside it. Raises InputError, naming what cannot be used."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no TOML file ({error}).") from error
    known = {"collection", "split", "candidates", "queries", "seed", "device", "limit"}
    if unknown := sorted(values.keys() - known):
        raise InputError(f"{path} has the unknown key {unknown[0]!r}. Known are: {', '.join(sorted(known))}.")
    limits = values.get("limit")
    if not isinstance(limits, list) or not limits:
        raise InputError(f"{path} has no limits. Add at least one [[limit]].")
    queries = values.get("queries")
    read = tuple(_limit(each, f"{path}, limit {number}", path.parent) for number, each in enumerate(limits, start=1))
    needs_collection = "collection" in values or any(limit.kind != "probe" for limit in read)
    return Check(
        collection=_text(values, "collection", path) if needs_collection else "",
        split=_text(values, "split", path) if "split" in values else None,
        candidates=_text(values, "candidates", path) if "candidates" in values else DEFAULT_RULE,
        queries=None if queries is None else int(_number(values, "queries", path)),
        seed=int(_number(values, "seed", path)) if "seed" in values else 0,
        device=_text(values, "device", path) if "device" in values else "cpu",
        limits=read,
    )


def _limit(values: Any, where: str, folder: Path) -> Limit:
    if not isinstance(values, dict):
        raise InputError(f"{where} is no table. Write [[limit]] and its keys below.")
    kind = next((kind for kind, keys in _KEYS.items() if set(keys) == values.keys() - _OPTIONAL.get(kind, set())), None)
    if kind is None:
        forms = "; ".join(" ".join(keys) for keys in _KEYS.values())
        raise InputError(f"{where} has the keys {', '.join(values) or 'none'}. Give one of: {forms}.")
    ranker = parse_ranker_id(_text(values, "ranker", where)).id
    metric = _text(values, "metric", where) if "metric" in values else ""
    if metric:
        parse_measure(metric)
    number = next((key for key in ("at_least", "margin", "p95_ms") if key in values), "")
    if kind == "probe" and not 0 < _number(values, "at_least", where) < 1:
        raise InputError(f"{where}: at_least is {values['at_least']}. Give a pass rate between 0 and 1, such as 0.8.")
    return Limit(
        kind=kind,  # type: ignore[arg-type]  # a key of _KEYS
        ranker=ranker,
        metric=metric,
        value=_number(values, number, where) if number else 0.0,
        baseline=folder / _text(values, "baseline", where) if kind == "baseline" else None,
        query=_text(values, "query", where) if kind == "first" else "",
        document=_text(values, "first", where) if kind == "first" else "",
        probe=_text(values, "probe", where) if kind == "probe" else "",
        source=_probe_source(values, where, folder) if kind == "probe" else "",
    )


def _probe_source(values: Mapping[str, Any], where: str, folder: Path) -> str:
    """A source that is a file is looked for beside the check."""
    source = _text(values, "source", where) if "source" in values else SAMPLES
    is_file = source not in (SAVED, SAMPLES) and not source.startswith(GENERATE)
    return str(folder / source) if is_file else source


def _text(values: Mapping[str, Any], key: str, where: str | Path) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Give a text.")
    return value


def _number(values: Mapping[str, Any], key: str, where: str | Path) -> float:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Give a number.")
    return float(value)
