"""Writes the log of production that comes with the program, sample_data/logs: `python -m benchmarks.sample_log`.

The queries are those of the samples web-questions and novel-facts, as they are and as people type them. Up to day 14 each
request hands the eight documents that BM25 puts first among the query's own to the embedded cross-encoder; from day 14 on the
index holds two neighbouring documents as one, so that documents are twice as long. That is the one change there is. Scores,
order and tokens are the cross-encoder's own. Times and milliseconds are drawn: the machine that writes the log says nothing
about one in production. A third of the requests have an answer: of the document ranked first the sentence with most words of
the query, or in one of fifteen the sentence of a document about something else.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import reranklab as rl
from reranklab.data.collection import judged_candidates
from reranklab.data.samples import load_sample
from reranklab.data.spans import sentence_spans
from reranklab.evaluate.probes.texts import terms_of
from reranklab.types import Document, RankedDocument
from reranklab.watch.log.schema import SCHEMA

FOLDER = Path(__file__).parents[1] / "sample_data" / "logs"
SAMPLES = ("web-questions", "novel-facts")
REQUESTS, DAYS, CHANGED, CANDIDATES = 360, 21, 14, 8
START = datetime(2025, 9, 1, tzinfo=UTC).timestamp()
_DAY = 86_400.0


def main() -> None:
    draw = random.Random(20250901)
    corpus: dict[str, Document] = {}
    lists: dict[str, list[tuple[str, tuple[Document, ...]]]] = {"short": [], "long": []}
    for name in SAMPLES:
        collection = load_sample(name)
        for query_id, query in collection.queries.items():
            own = sorted(judged_candidates(collection, query_id), key=lambda document: document.id)
            for kind, documents in (("short", own), ("long", _joined(own))):
                first = rl.rank(query.text, documents, "bm25").ranking.items[:CANDIDATES]
                chosen = tuple(documents[item.candidate] for item in first)
                corpus |= {document.id: document for document in chosen}
                lists[kind].append((query.text, chosen))
    lines = list(_lines(draw, lists))
    FOLDER.mkdir(exist_ok=True)
    _write(FOLDER / "requests.jsonl", lines)
    _write(FOLDER / "corpus.jsonl", ({"_id": each.id, "title": each.title, "text": each.text} for each in corpus.values()))


def _joined(documents: Sequence[Document]) -> list[Document]:
    """Two neighbours as one document."""
    return [
        Document(id=f"{first.id}+{second.id.rpartition('-')[2]}", title=first.title, text=f"{first.text} {second.content}")
        for first, second in zip(documents[::2], documents[1::2], strict=True)
    ]


def _lines(draw: random.Random, lists: Mapping[str, Sequence[tuple[str, tuple[Document, ...]]]]) -> Iterator[dict[str, object]]:
    ranked: dict[tuple[str, str], tuple[RankedDocument, ...]] = {}
    generator = np.random.default_rng(20250901)
    for number, time in enumerate(_times(draw)):
        kind = "long" if time >= START + CHANGED * _DAY else "short"
        query, documents = draw.choice(lists[kind])
        typed = draw.choice([query, query, query.rstrip("?").lower()])
        if (kind, typed) not in ranked:
            items = rl.rank(typed, documents, "cross-encoder").ranking.items
            ranked[kind, typed] = tuple(sorted(items, key=lambda item: item.candidate))
        items = ranked[kind, typed]
        tokens = sum(item.tokens_used for item in items)
        milliseconds = (6 + 0.3 * len(items) + 0.03 * tokens) * float(np.exp(abs(generator.normal(0, 0.12))))
        line: dict[str, object] = {
            "schema": SCHEMA,
            "time": datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request_id": f"r-{number:04d}",
            "query": typed,
            "ranker": "ms-marco-MiniLM-L12-v2",
            "rerank_ms": round(milliseconds, 1),
            "candidates": [_candidate(item, document) for item, document in zip(items, documents, strict=True)],
        }
        if draw.random() < 1 / 3:
            first = min(items, key=lambda item: item.rank)
            chosen = draw.choice(draw.choice(lists[kind])[1]) if draw.random() < 1 / 15 else documents[first.candidate]
            line["answer"] = _nearest_sentence(query, chosen.text)
            line["answer_chunks"] = [item.id for item in sorted(items, key=lambda item: item.rank)[:3]]
        yield line


def _nearest_sentence(query: str, text: str) -> str:
    found = [span.of(text) for span in sentence_spans(text)]
    return max(found, key=lambda each: len(terms_of(query) & terms_of(each)))


def _candidate(item: RankedDocument, document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "score": round(item.score, 3),
        "tokens": item.tokens_total,
        "characters": len(document.content),
    }


def _times(draw: random.Random) -> list[float]:
    """More by day than by night, and fewer at the weekend."""
    hours = [1 + 4 * max(0.0, float(np.sin(np.pi * (hour - 6) / 14))) for hour in range(24)]
    weights = [hours[hour] * (0.5 if day % 7 >= 5 else 1.0) for day in range(DAYS) for hour in range(24)]
    chosen = draw.choices(range(DAYS * 24), weights, k=REQUESTS)
    return sorted(START + 3600 * (hour + draw.random()) for hour in chosen)


def _write(path: Path, records: Iterator[dict[str, object]] | Sequence[dict[str, object]]) -> None:
    text = "".join(f"{json.dumps(each, ensure_ascii=False, separators=(',', ':'))}\n" for each in records)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
