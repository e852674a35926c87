"""Contenders that do the same work, each in a process of its own: who is how much faster, and with what result.

Every item of work goes to every contender before the next item does, in an order that is shuffled for each item, so that a busy
minute of the machine falls on all of them. The processes stay open between items and wait without computing.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
_PAUSE = 0.3
"""Seconds between two runs: worker threads of the last one spin for a while before they sleep."""

Reply = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """`module` is run with `arguments` by the interpreter `python`; see `benchmarks.contenders.serve`."""

    name: str
    module: str
    arguments: tuple[str, ...]
    python: str = sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`replies` has a row for each item and in it one reply a round, by contender. `loaded` says what loading gave, `left_out`
    who could not take part, and why."""

    replies: Mapping[str, Sequence[Sequence[Reply]]]
    loaded: Mapping[str, Reply]
    left_out: Sequence[str]

    def seconds(self, name: str, clock: str = "wall") -> list[float]:
        """For each item, the mean over the rounds."""
        return [float(np.mean([reply[clock] for reply in rounds])) for rounds in self.replies[name]]

    def memory(self, name: str) -> float | None:
        """MB of the process above those of the loaded model, at most: those of a CUDA device where it computes on one."""
        peaks = [reply["peak"] for rounds in self.replies[name] for reply in rounds]
        return None if None in peaks else max(0.0, max(peaks) - self.loaded[name]["resident"])


class LeftOutError(Exception):
    """A contender that cannot take part; the text says why."""


def play(contenders: Sequence[Contender], *, warm_up: Any, items: Sequence[Any], rounds: int = 1, seed: int = 0) -> Played:
    """Load each, let it do `warm_up` once, then all `items` as often as `rounds` says."""
    draw = random.Random(seed)
    left_out: list[str] = []
    loaded: dict[str, Reply] = {}
    playing: dict[str, Process] = {}
    replies: dict[str, list[list[Reply]]] = {}
    with tempfile.TemporaryDirectory(prefix="contest-") as folder:
        try:
            for each in draw.sample(contenders, len(contenders)):
                process = Process(each, Path(folder))
                playing[each.name] = process
                try:
                    loaded[each.name] = process.read()
                    process.ask(warm_up)
                except LeftOutError as reason:
                    left_out.append(str(reason))
                    playing.pop(each.name).close()
                _say(f"loaded: {each.name}")
            replies = {name: [[] for _ in items] for name in playing}
            for place in [place for _ in range(rounds) for place in draw.sample(range(len(items)), len(items))]:
                for name in draw.sample(sorted(playing), len(playing)):
                    time.sleep(_PAUSE)
                    try:
                        replies[name][place].append(playing[name].ask(items[place]))
                    except LeftOutError as reason:
                        left_out.append(str(reason))
                        playing.pop(name).close()
                _say(f"done: item {place + 1} of {len(items)}")
        finally:
            for process in playing.values():
                process.close()
    ordered = [each.name for each in contenders if each.name in playing]
    return Played(replies={name: replies[name] for name in ordered}, loaded=loaded, left_out=left_out)


class Process:
    """A contender at work. One JSON line in, one out; what its libraries write goes to a file."""

    def __init__(self, contender: Contender, folder: Path) -> None:
        self._name = contender.name
        self._log = (folder / f"{len(list(folder.iterdir()))}.log").open("w+", encoding="utf-8")
        paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [contender.python, "-m", contender.module, *contender.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": paths, "TOKENIZERS_PARALLELISM": "true"},
        )

    def ask(self, item: Any) -> Reply:
        assert self._process.stdin is not None
        with suppress(OSError):  # where it has ended, `read` says why
            self._process.stdin.write(json.dumps(item) + "\n")
            self._process.stdin.flush()
        return self.read()

    def read(self) -> Reply:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            written = self._log.read().strip().splitlines()
            raise LeftOutError(f"{self._name} ended: {written[-1] if written else 'without a word'}")
        reply: Reply = json.loads(line)
        if "left_out" in reply:
            raise LeftOutError(f"{self._name} was left out: {reply['left_out']}")
        return reply

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(OSError):  # it may have ended already
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as fast, with the 95 % interval of a bootstrap over the items."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def ratio(slow: Sequence[float], fast: Sequence[float], *, resamples: int = 10_000, seed: int = 0) -> Ratio:
    """Of the sums, items paired."""
    above, below = np.asarray(slow), np.asarray(fast)
    drawn = np.random.default_rng(seed).integers(len(above), size=(resamples, len(above)))
    low, high = np.quantile(above[drawn].sum(axis=1) / below[drawn].sum(axis=1), [0.025, 0.975])
    return Ratio(value=float(above.sum() / below.sum()), low=float(low), high=float(high))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def describe_machine(played: Played, *, load: float, device: str = "cpu") -> str:
    """`load` is the load average before the first run."""
    from reranklab.models.device import cpu, resolve_device

    gpu = "" if device == "cpu" else f"{resolve_device(device).name} with "
    versions: dict[str, str] = {}
    for name in played.replies:
        versions |= {f"{package} {version}": "" for package, version in played.loaded[name]["versions"].items()}
    return (
        f"{gpu}{cpu().name}, {_extensions()}; load average {load:.1f} before the first run and {os.getloadavg()[0]:.1f} after "
        f"the last. Python {platform.python_version()}, {', '.join(sorted(versions))}."
    )


def _extensions() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split("flags", 1)[1].split("\n", 1)[0]
    except (OSError, IndexError):
        return "extensions unknown"
    known = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    return " ".join(name for name in known if name in flags.split()) or "no vector extensions"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
