"""How fast a log of production is read into columns, and in how much memory.

    python -m benchmarks.watch_log --lines 1000000 --form objects --form lists

Writes a log of about 1 kB a line, 10 to 20 candidates each with id, score and length, into a temporary folder, reads it in a
process of its own, and prints that process's time and largest memory. The memory of Python with numpy and nothing read is
printed beside it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

FORMS = ("objects", "lists", "spans", "gzip")
_DIFFERENT = 2000
_START = 1_756_684_800.0


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--form", action="append", choices=FORMS)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.read:
        sys.stdout.write(json.dumps(_read(options.read)))
        return
    console = Console(width=160)
    for form in options.form or FORMS[:2]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "log.jsonl")
            _write(path, options.lines, form)
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.watch_log", "--read", str(path)], capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout)
            console.print(
                f"{form}: {found['requests']:,} requests of {found['lines']:,} lines, {path.stat().st_size / 1e6:,.0f} MB, in "
                f"{found['seconds']:.1f} s ({found['cpu']:.1f} s of processor time), {found['lines'] / found['seconds']:,.0f} "
                f"lines/s; at most {found['most']:,.0f} MB of memory, {found['before']:,.0f} MB before"
            )


def _read(path: Path) -> dict[str, float]:
    from reranklab.watch.log.reading import read_log

    before = _most_memory()
    start, cpu = time.perf_counter(), time.process_time()
    log = read_log(path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    most, size = _most_memory(), len(log.columns)
    return {"lines": log.counts.lines, "requests": size, "seconds": seconds, "cpu": cpu, "most": most, "before": before}


def _most_memory() -> float:
    """MB; Linux counts in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _write(path: Path, lines: int, form: str) -> None:
    """Lines that repeat after _DIFFERENT of them, but for their times and ids."""
    draw, encode = random.Random(0), msgspec.json.Encoder().encode
    bodies = [encode(_span(draw) if form == "spans" else _body(draw, lists=form == "lists"))[1:] for _ in range(_DIFFERENT)]
    with gzip.open(path, "wb", compresslevel=1) if form == "gzip" else path.open("wb") as file:
        for number in range(lines):
            body = bodies[number % _DIFFERENT]
            if form == "spans":
                start = int((_START + 2 * number) * 1e9)
                head = b'"spanId":"%016x","startTimeUnixNano":"%d",' % (number, start)
                head += b'"endTimeUnixNano":"%d",' % (start + 31_000_000)
                file.write(b'{"resourceSpans":[{"scopeSpans":[{"spans":[{' + head + body + b"]}]}]}\n")
            else:
                file.write(b'{"time":%.3f,"request_id":"r-%08d",' % (_START + 2 * number, number) + body + b"\n")


def _body(draw: random.Random, *, lists: bool) -> dict[str, object]:
    items = [
        {"id": f"d{draw.randrange(10**6):06d}", "score": round(draw.gauss(0, 3), 3), "characters": draw.randrange(200, 2000)}
        for _ in range(draw.randrange(10, 21))
    ]
    request = {"query": "how long is the tide at the bay in winter", "ranker": "cross-encoder", "rerank_ms": draw.random() * 40}
    if lists:
        return {**request, **{f"candidate_{key}s": [item[key] for item in items] for key in ("id", "score")}} | {
            "candidate_characters": [item["characters"] for item in items]
        }
    return {**request, "candidates": items}


def _span(draw: random.Random) -> dict[str, object]:
    """An OpenInference reranking whose documents have ids and scores, and no texts."""
    attributes: list[dict[str, object]] = [
        {"key": "openinference.span.kind", "value": {"stringValue": "RERANKER"}},
        {"key": "reranker.query", "value": {"stringValue": "how long is the tide at the bay in winter"}},
    ]
    for place in range(draw.randrange(10, 21)):
        for key, value in (("id", {"stringValue": f"d{place}"}), ("score", {"doubleValue": draw.gauss(0, 3)})):
            attributes.append({"key": f"reranker.output_documents.{place}.document.{key}", "value": value})
    return {"traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "attributes": attributes}


if __name__ == "__main__":
    main()
