"""RerankLab's embedding of documents against sentence-transformers' encode: times as fast, and how far the vectors are apart.

    python -m benchmarks.biencoder --dataset FOLDER --documents 400

The first documents of a seeded shuffle of the collection, in parts; each contender is a process of its own and gets part by
part in shuffled order (`benchmarks.contest`).
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.contest import Contender, describe_machine, play, ratio, table
from reranklab.data.beir import load_dataset
from reranklab.models.catalogue import find_model
from reranklab.models.store import ensure

MODEL = "embedded/all-MiniLM-L6-v2"
BASE = "batch-32"
OTHERS: Mapping[str, str] = {
    BASE: "sentence-transformers' encode, as it comes (fp32, batches of 32)",
    "batch-8": "the same, batches of 8",
    "batch-16": "the same, batches of 16",
    "batch-128": "the same, batches of 128",
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="FOLDER")
    parser.add_argument("--documents", type=int, default=400, metavar="N")
    parser.add_argument("--part", type=int, default=50, metavar="N", help="documents that are embedded at once")
    parser.add_argument("--ranker", action="append", metavar="ID", help="may be repeated; default: bi-encoder")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: the processor's time, on a busy machine")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    texts = [document.content for document in load_dataset(options.dataset).documents.values()]
    random.Random(options.seed).shuffle(texts)
    warm_up, *parts = _parts(texts[: options.documents + options.part], options.part)
    module, folder = "benchmarks.contenders.biencoder", str(ensure(find_model(MODEL, kinds=("bi-encoder",))).folder)
    ours = options.ranker or ["bi-encoder"]
    played = play(
        [
            *(Contender(name=each, module=module, arguments=("ours", folder, options.device, each)) for each in ours),
            *(Contender(name=each, module=module, arguments=(each, folder, options.device)) for each in OTHERS),
        ],
        warm_up=warm_up,
        items=parts,
        seed=options.seed,
    )
    vectors = {name: np.concatenate([_vectors(rounds[0]) for rounds in replies]) for name, replies in played.replies.items()}
    rows = []
    for name in played.replies:
        seconds, memory = played.seconds(name, options.clock), played.memory(name)
        apart = np.abs(vectors[name] - vectors[BASE]).max() if BASE in vectors else np.nan
        rows.append(
            [
                OTHERS.get(name, f"`{name}`"),
                f"{len(vectors[name]) / sum(played.seconds(name)):.1f}",
                "1" if name == BASE else str(ratio(played.seconds(BASE, options.clock), seconds)) if BASE in vectors else "",
                "" if name == BASE else f"{apart:.1g}",
                "not known" if memory is None else f"{memory:.0f}",
            ]
        )
    by = " by processor time" if options.clock == "cpu" else ""
    header = (
        "contender",
        "documents a second",
        f"times as fast{by} [95 %]",
        "largest difference of a number",
        "MB above the model",
    )
    count = sum(len(part["documents"]) for part in parts)
    sys.stdout.write(
        f"{table(header, rows)}\n\n{count:,} documents in parts of {options.part}. Intervals are a bootstrap over the parts.\n"
        f"{describe_machine(played, load=load)}\n"
    )
    for reason in played.left_out:
        sys.stdout.write(f"{reason}\n")


def _parts(texts: Sequence[str], size: int) -> list[dict[str, Any]]:
    return [{"documents": list(texts[start : start + size])} for start in range(0, len(texts), size)]


def _vectors(reply: Mapping[str, Any]) -> Any:
    return np.frombuffer(base64.b64decode(reply["vectors"]), dtype="<f4").reshape(-1, reply["dimensions"])


if __name__ == "__main__":
    main()
