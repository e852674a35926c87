"""Fit the head weights of the attention method on labelled collections, and measure them on collections left out.

    python benchmarks/fit_heads.py --features FOLDER --dataset SCIFACT --dataset CRANFIELD --sample NAME --select

`--dataset` is a folder in BEIR layout, of which the training split is used where there is one. Every sample is measured; those
named by `--sample` take part in the fit as well. What the model says of a list is kept in `--features`, so an interrupted run
goes on where it stopped. With `--output` the weights are written as a data file of the package.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from reranklab.data.collection import Collection, list_splits, load_collection
from reranklab.data.samples import list_samples, load_sample
from reranklab.engine.build import build_ranker
from reranklab.evaluate.confidence import bootstrap_mean
from reranklab.llm.head_lists import (
    PASSAGE_TOKENS,
    SEARCHED,
    SEED,
    WINDOW,
    HeadList,
    LabelledList,
    judged_lists,
    load_list,
    read_list,
    save_list,
    searched_lists,
)
from reranklab.llm.select_heads import Choice, HeadFit, HeldOut, choose, held_out, learning_curve
from reranklab.models.catalogue import find_model
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import POOL
from reranklab.rankers.generative.models import load_watched_causal

SHIPPED = Choice(feature="log-ratio-top30", ridge=16.0, length=0.25)
_MEANS = ("fitted", "all_heads", "bm25", "random", "by_length", "longer", "shorter")
_SIZES = (5, 10, 20, 40)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read lists, fit, measure, write."""
    options = _parser().parse_args(arguments)
    entry = find_model(options.model, kinds=("causal-lm",))
    model = POOL.get(entry, load_watched_causal, device=cpu(), precision=options.precision)
    options.features.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[HeadList]] = {}
    splits: dict[str, str] = {}
    for collection, labelled in _collections(options):
        splits[collection.name] = collection.split
        lists[collection.name] = list(_read(model, labelled, folder=options.features))
        sys.stderr.write(f"{collection.name}: {len(lists[collection.name])} lists\n")
    fitted_on = frozenset({*(path.resolve().name for path in options.dataset), *options.sample})
    choices = None if options.select else (SHIPPED,)
    rows = held_out(lists, fitted_on=fitted_on, choices=choices)
    fit = HeadFit(lists)
    choice = choose(lists, fit, fitted_on=fitted_on, choices=choices)
    sys.stdout.write(_table(rows) + f"chosen: {choice}\n")
    if options.curve:
        for size, values in learning_curve(
            lists, fitted_on=fitted_on, choice=choice, sizes=_SIZES, seeds=options.curve
        ).items():
            spread = ", ".join(f"{value:.3f}" for value in values)
            sys.stdout.write(f"at most {size} lists of each collection: {spread}\n")
    if options.output:
        fitted = [f"{len(lists[name])} queries of {name} {splits[name]}" for name in lists if name in fitted_on]
        weights = fit.weights(fitted_on, feature=choice.feature, ridge=choice.ridge)
        heads = model.network.config.num_attention_heads
        data = {
            "model": model.entry.id,
            "weights_sha256": model.weights_sha256,
            "fitted_on": ", ".join(fitted),
            "note": options.note,
            **asdict(choice),
            "passage_tokens": PASSAGE_TOKENS,
            "searched": SEARCHED,
            "window": WINDOW,
            "seed": SEED,
            "precision": options.precision,
            "versions": {name: version(name) for name in ("reranklab", "torch", "transformers", "scipy")},
            "held_out": [_record(row) for row in rows],
            "weights": [[round(float(weight), 6) for weight in row] for row in weights.reshape(-1, heads)],
        }
        options.output.write_text(json.dumps(data) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Fit head weights for the attention method.")
    parser.add_argument("--dataset", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--sample", action="append", default=[], choices=[sample.name for sample in list_samples()])
    parser.add_argument("--queries", type=int, default=50, help="sampled from each dataset")
    parser.add_argument("--features", type=Path, required=True, metavar="FOLDER", help="where what was read is kept")
    parser.add_argument("--select", action="store_true", help="choose feature, ridge and length weight; default: as shipped")
    parser.add_argument("--curve", type=int, default=0, metavar="SEEDS", help="measure smaller training sets too")
    parser.add_argument("--model", default="embedded/SmolLM2-135M-Instruct")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16"))
    parser.add_argument("--note", default="", help="kept with the weights: licences of the judgements")
    parser.add_argument("--output", type=Path, metavar="FILE")
    return parser


def _collections(options: argparse.Namespace) -> Iterator[tuple[Collection, Iterator[LabelledList]]]:
    for path in options.dataset:
        splits = list_splits(path)
        collection = load_collection(path, split="train" if "train" in splits else splits[0])
        yield collection, searched_lists(collection, queries=options.queries)
    for sample in list_samples():
        collection = load_sample(sample.name)
        yield collection, judged_lists(collection)


def _read(model: LoadedModel, labelled: Iterator[LabelledList], *, folder: Path) -> Iterator[HeadList]:
    bm25 = build_ranker("bm25")
    for item in labelled:
        kept = folder / f"{item.collection} {item.query.id}.npz"
        if not kept.exists():
            ranking = bm25.rank(item.query, item.documents)
            by_id = {found.id: found.score for found in ranking.items}
            save_list(kept, read_list(model, item, bm25=[by_id[document.id] for document in item.documents]))
            sys.stderr.write(f"{kept.stem}\n")
        yield load_list(kept)


def _record(row: HeldOut) -> dict[str, object]:
    """For the data file, without the values of single lists."""
    low, high = _margin(row)
    means = {name: round(getattr(row, name), 4) for name in _MEANS}
    return {"collection": row.collection, "lists": row.lists, "choice": asdict(row.choice), **means, "margin": [low, high]}


def _margin(row: HeldOut) -> tuple[float, float]:
    """The 95 % interval of fitted less BM25 over the collection's lists."""
    interval = bootstrap_mean(row.margins)
    return round(interval.low, 4), round(interval.high, 4)


def _table(rows: Sequence[HeldOut]) -> str:
    """A line a collection, then the means with 95 % intervals over the collections."""
    lines = ["collection\tlists\t" + "\t".join(_MEANS) + "\tfitted less BM25"]
    for row in rows:
        means = "\t".join(f"{getattr(row, name):.3f}" for name in _MEANS)
        low, high = _margin(row)
        lines.append(f"{row.collection}\t{row.lists}\t{means}\t{low:+.3f} to {high:+.3f}")
    means_of = [bootstrap_mean([getattr(row, name) for row in rows]) for name in _MEANS]
    means = "\t".join(f"{mean.mean:.3f} ({mean.low:.3f}-{mean.high:.3f})" for mean in means_of)
    return "\n".join([*lines, f"mean\t{len(rows)}\t{means}"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
