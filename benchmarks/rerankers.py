"""RerankLab's rerankers against other libraries, on the same lists: times as fast, with what scores and what nDCG@10.

    python -m benchmarks.rerankers --dataset FOLDER --queries 5
    python -m benchmarks.rerankers --dataset FOLDER --queries 5 --ranker "cross-encoder?precision=int8" --only flashrank
    python -m benchmarks.rerankers --dataset FOLDER --queries 5 --rounds 3 --device cuda

Lists are the BM25 search's first documents of a seeded sample of queries; another query's list warms up. Every contender is a
process of its own and gets list by list in shuffled order (`benchmarks.contest`). All read the embedded cross-encoder's folder.
Contenders that are not installed are named and left out. Optimum's back ends need transformers 4: --optimum-python names an
interpreter that has it (`pip install sentence-transformers optimum-onnx optimum-intel openvino`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from benchmarks.contest import Contender, Played, describe_machine, play, ratio, table
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.models.catalogue import find_model
from reranklab.models.store import ensure

MODEL = "embedded/ms-marco-MiniLM-L12-v2"
MEASURE = "nDCG@10"
OURS = ("cross-encoder", "cross-encoder?precision=bf16", "cross-encoder?precision=int8")
OURS_ON_GPU = ("cross-encoder", "cross-encoder?precision=fp32", "cross-encoder?tier=fast", "cross-encoder?precision=fp16")
"""Each tier beside the padded batches of its precision."""
BASE = "sentence-transformers"
OTHERS: Mapping[str, str] = {
    BASE: "sentence-transformers, as it comes (fp32, batches of 32)",
    "batch-8": "the same, batches of 8",
    "batch-128": "the same, batches of 128",
    "bf16": "the same, bf16",
    "bf16-batch-8": "the same, bf16, batches of 8",
    "fp16": "the same, fp16",
    "fp16-batch-128": "the same, fp16, batches of 128",
    "onnx": "the same, ONNX back end, fp32",
    "onnx-O3-batch-8": "the same, ONNX back end, optimised (O3), batches of 8",
    "onnx-int8": "the same, ONNX back end, the int8 file",
    "openvino": "the same, OpenVINO back end",
    "openvino-batch-8": "the same, OpenVINO back end, batches of 8",
    "flashrank": "FlashRank, the int8 file",
    "rerankers": "rerankers",
}
_CLOCK = {"wall": "", "cpu": " by processor time"}
_OF_GPU = {"fp16", "fp16-batch-128"}
_OF_CPU = {"onnx", "onnx-O3-batch-8", "onnx-int8", "openvino", "openvino-batch-8", "flashrank"}
_OF_OPTIMUM = _OF_CPU - {"flashrank"}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="FOLDER")
    parser.add_argument("--queries", type=int, default=5, metavar="N")
    parser.add_argument("--depth", type=int, default=100, metavar="N")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="how often each list is timed")
    parser.add_argument(
        "--ranker",
        action="append",
        metavar="ID",
        help=f"may be repeated; default: {', '.join(OURS)}; on a GPU: {', '.join(OURS_ON_GPU)}",
    )
    parser.add_argument(
        "--only", metavar="NAME,NAME", help=f"of the others; {BASE} takes part always; names: {', '.join(OTHERS)}"
    )
    parser.add_argument(
        "--against",
        default=f"{BASE},fp16,flashrank",
        metavar="NAME,NAME",
        help="with whom to compare times, where they take part",
    )
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu: processor time, in which threads that wait may spin"
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--optimum-python", default=sys.executable, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every reply there too")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    tasks = prepare_tasks(options.dataset, candidates=f"bm25:{options.depth}", queries=options.queries + 1, seed=options.seed)
    *timed, warm_up = tasks.tasks
    items = [{"query": task.query.text, "documents": [each.content for each in task.documents]} for task in (*timed, warm_up)]
    played = play(_contenders(options), warm_up=items[-1], items=items[:-1], rounds=options.rounds, seed=options.seed)
    measured = {name: _measured(replies, timed, tasks.collection.qrels) for name, replies in played.replies.items()}
    _say(_table(played, measured, options.against.split(","), clock=options.clock))
    _say(
        f"\n{len(timed)} queries of {tasks.collection.name} with BM25's first {options.depth}, {options.rounds} timed "
        f"{'run' if options.rounds == 1 else 'runs'} of each list on {options.device}. Intervals are a bootstrap over the "
        f"queries. Score differences and tau are against {BASE}.\n{describe_machine(played, load=load, device=options.device)}"
    )
    for reason in played.left_out:
        _say(reason)
    if options.json:
        options.json.write_text(
            json.dumps({"loaded": played.loaded, "replies": played.replies}, default=list), encoding="utf-8"
        )


def _contenders(options: argparse.Namespace) -> list[Contender]:
    folder = str(ensure(find_model(MODEL, kinds=("cross-encoder",))).folder)
    chosen = [BASE, *(options.only.split(",") if options.only is not None else OTHERS)]
    unknown = [name for name in chosen if name not in OTHERS]
    if unknown:
        sys.exit(f"There is no contender {unknown[0]!r}. The names are: {', '.join(OTHERS)}.")
    if options.only is None:
        chosen = [name for name in chosen if name not in (_OF_GPU if options.device == "cpu" else _OF_CPU)]
    module = "benchmarks.contenders.rerankers"
    others = [
        Contender(
            name=name,
            module=module,
            arguments=(name, folder, options.device),
            python=options.optimum_python if name in _OF_OPTIMUM else sys.executable,
        )
        for name in dict.fromkeys(chosen)
    ]
    ours = [
        Contender(name=ranker, module=module, arguments=("ours", folder, options.device, ranker))
        for ranker in dict.fromkeys(options.ranker or (OURS if options.device == "cpu" else OURS_ON_GPU))
    ]
    return [*ours, *others]


def _measured(replies: Sequence[Sequence[Mapping[str, Any]]], tasks: Sequence[Any], qrels: Any) -> dict[str, Any]:
    """nDCG@10, and by query the ranks and the scores; results are those of the first round."""
    orders = [rounds[0]["order"] for rounds in replies]
    lists = {task.query.id: [task.documents[place].id for place in order] for task, order in zip(tasks, orders, strict=True)}
    values = score_lists(lists, qrels, (MEASURE,))
    return {
        MEASURE: float(np.mean([each[MEASURE] for each in values.values()])),
        "ranks": [np.argsort(order) for order in orders],
        "scores": [rounds[0]["scores"] for rounds in replies],
    }


def _table(played: Played, measured: Mapping[str, Mapping[str, Any]], against: Sequence[str], *, clock: str) -> str:
    against = [name for name in against if name in played.replies]
    rows = []
    for name in played.replies:
        memory = played.memory(name)
        rows.append(
            [
                OTHERS.get(name, f"`{name}`{_engine(played.replies[name])}"),
                f"{np.mean(played.seconds(name)):.2f}",
                f"{np.mean(played.seconds(name, 'cpu')):.2f}",
                *(
                    "1" if name == base else str(ratio(played.seconds(base, clock), played.seconds(name, clock)))
                    for base in against
                ),
                f"{measured[name][MEASURE]:.4f}",
                *_agreement(measured[name], measured.get(BASE), itself=name == BASE),
                "not known" if memory is None else f"{memory:.0f}",
                f"{played.loaded[name]['load']:.1f}",
            ]
        )
    return table(
        (
            "contender", "s a list", "processor s", *(f"times as fast as {base}{_CLOCK[clock]} [95 %]" for base in against),
            MEASURE, "largest score difference", "Kendall tau", "MB above the model", "load s",
        ),
        rows,
    )  # fmt: skip


def _engine(replies: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    name = replies[0][0].get("engine")
    return f" ({name})" if name else ""


def _agreement(one: Mapping[str, Any], base: Mapping[str, Any] | None, *, itself: bool) -> tuple[str, str]:
    if base is None or itself:
        return "", ""
    tau = np.mean([kendalltau(mine, its).statistic for mine, its in zip(one["ranks"], base["ranks"], strict=True)])
    if None in one["scores"]:
        return "other scale", f"{tau:.4f}"
    largest = max(np.abs(np.subtract(mine, its)).max() for mine, its in zip(one["scores"], base["scores"], strict=True))
    return f"{largest:.2g}", f"{tau:.4f}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
