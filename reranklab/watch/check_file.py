"""The TOML file of `reranklab watch --check`: limits on the last days of a log."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reranklab.errors import InputError
from reranklab.watch.detect.series import EXTRA, TITLES
from reranklab.watch.report import CAUSES
from reranklab.watch.windows import PERCENTILES

ANY = "any"
"""In place of a cause: an alert of any."""
_DAYS = 7.0
_KEYS = {
    **{f"{name}_ms": (f"{name}_ms",) for name in PERCENTILES},
    "at_most": ("share", "at_most"),
    "at_least": ("share", "at_least"),
    "no_alert": ("no_alert",),
}
_OPTIONAL = {"days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLimit:
    """One limit on the last `days` days: `name` is a percentile, a share or a cause, `value` milliseconds or a share."""

    kind: Literal["latency", "at_most", "at_least", "no_alert"]
    name: str
    days: float
    value: float = 0.0

    @property
    def words(self) -> str:
        """The limit as a reader writes it."""
        last = f"last {self.days:g} days"
        match self.kind:
            case "latency":
                return f"{last}: {self.name} within {self.value:g} ms"
            case "no_alert":
                return f"{last}: no alert" + ("" if self.name == ANY else f" of {CAUSES[self.name]}")
        return f"{last}: {TITLES[self.name]} {self.kind.replace('_', ' ')} {self.value:g}"


def read_watch_check(path: Path) -> tuple[WatchLimit, ...]:
    """The limits of a TOML file. Raises InputError, naming what cannot be used."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no TOML file ({error}).") from error
    if unknown := sorted(values.keys() - {"days", "limit"}):
        raise InputError(f"{path} has the unknown key {unknown[0]!r}. Known are: days, limit.")
    limits = values.get("limit")
    if not isinstance(limits, list) or not limits:
        raise InputError(f"{path} has no limits. Add at least one [[limit]].")
    days = _number(values, "days", path, positive=True) if "days" in values else _DAYS
    return tuple(_limit(each, f"{path}, limit {number}", days) for number, each in enumerate(limits, start=1))


def _limit(values: Any, where: str, days: float) -> WatchLimit:
    if not isinstance(values, dict):
        raise InputError(f"{where} is no table. Write [[limit]] and its keys below.")
    kind = next((kind for kind, keys in _KEYS.items() if set(keys) == values.keys() - _OPTIONAL), None)
    if kind is None:
        forms = "; ".join(" ".join(keys) for keys in _KEYS.values())
        raise InputError(f"{where} has the keys {', '.join(values) or 'none'}. Give one of: {forms}.")
    days = _number(values, "days", where, positive=True) if "days" in values else days
    match kind:
        case "no_alert":
            return WatchLimit(kind="no_alert", name=_one_of(values, "no_alert", (*CAUSES, ANY), where), days=days)
        case "at_most" | "at_least":
            share = _number(values, kind, where)
            if not 0 <= share <= 1:
                raise InputError(f"{where}: {kind} is {share:g}. Give a share from 0 to 1.")
            return WatchLimit(kind=kind, name=_one_of(values, "share", EXTRA, where), days=days, value=share)
    value = _number(values, kind, where, positive=True)
    return WatchLimit(kind="latency", name=kind.removesuffix("_ms"), days=days, value=value)


def _one_of(values: Mapping[str, Any], key: str, known: tuple[str, ...], where: str) -> str:
    value = values[key]
    if value not in known:
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Choose one of: {', '.join(known)}.")
    return str(value)


def _number(values: Mapping[str, Any], key: str, where: str | Path, *, positive: bool = False) -> float:
    value = values[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or (positive and value <= 0):
        raise InputError(f"{where}: {key} is {json.dumps(value, default=str)}. Give a number{' above 0' if positive else ''}.")
    return float(value)
