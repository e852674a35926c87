"""A ranker's start in a process of its own, run as a program: the request is JSON on its input, the answer on its output."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.latency.memory import PeakMemory
from reranklab.types import Document, Query

_WARM_RUNS = 3


def main() -> None:
    """Nothing else reaches the output: libraries that print do so on stderr."""
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        with contained("The start"):
            answer = _measured(json.load(sys.stdin))
    except RerankLabError as error:
        answer = {"error": str(error)}
    with os.fdopen(output, "w", encoding="utf-8") as out:
        json.dump(answer, out, allow_nan=False)


def _measured(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Times in ms, memory in MB."""
    begun = time.perf_counter()
    from reranklab.engine.build import build_ranker

    ranker = build_ranker(asked["ranker"], device=asked["device"])
    ranker.load()
    ready = _since(begun)
    memory = PeakMemory(asked["device"])
    small, large = (_list(asked[name]) for name in ("small", "large"))
    runs = []
    for _ in range(1 + _WARM_RUNS):
        begun = time.perf_counter()
        timing = ranker.rank(*small).timing
        runs.append(_since(begun))
    ranker.rank(*large)
    return {"ready": ready, "load": timing.load, "first": runs[0], "warm": sorted(runs[1:])[_WARM_RUNS // 2]} | memory.read()


def _list(values: Mapping[str, Any]) -> tuple[Query, list[Document]]:
    return Query(text=values["query"]), [Document(id=str(place), text=text) for place, text in enumerate(values["documents"])]


def _since(begun: float) -> float:
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
