"""The options that say what is trained on, and the training set that they stand for."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.commands.terminal import complain
from reranklab.progress import CancelSignal, Progress

if TYPE_CHECKING:
    from reranklab.train.sets.examples import TrainingSet
    from reranklab.train.sets.mining import Mining


def add_data(parser: argparse.ArgumentParser) -> None:
    """What `read_data` reads, beside --dataset, --seed and --device."""
    parser.add_argument("--dataset", metavar="NAME_OR_DIR", help="a BEIR name, a sample, a folder or a zip in BEIR layout")
    parser.add_argument("--split", metavar="NAME", help="default: train, where there is one")
    data = parser.add_argument_group("training data")
    data.add_argument("--data", metavar="DIR", help="a training set that --save-data wrote, in the place of a dataset")
    data.add_argument("--save-data", metavar="DIR", help="keep the training set in this folder")
    data.add_argument(
        "--picked",
        action="store_true",
        help="the documents that were picked in blind comparisons of the dataset are relevant, not its judgements",
    )
    data.add_argument(
        "--negatives-by",
        action="append",
        metavar="RULE",
        help="how they are found: bm25:50, ID:DEPTH or random; repeatable, taken in turns",
    )
    data.add_argument("--negatives", type=int, default=7, metavar="N", help="for each relevant document; default: 7")
    data.add_argument(
        "--skip", type=int, default=0, metavar="N", help="of each search the first N are no negatives; default: 0"
    )
    data.add_argument(
        "--choose", choices=("drawn", "first"), default="drawn", help="of what a search finds; default: drawn by the seed"
    )
    data.add_argument(
        "--margin-by", metavar="ID", help="a ranker that scores; what it scores near the relevant documents is no negative"
    )
    data.add_argument(
        "--margin",
        type=float,
        metavar="M",
        help="how near: a share of the score, default 0.05; of logits a difference, default 2",
    )
    data.add_argument(
        "--held-back", type=float, default=0.1, metavar="SHARE", help="of the queries, to stop early by; default: 0.1"
    )
    data.add_argument(
        "--evaluate-on",
        action="append",
        default=[],
        metavar="NAME_OR_DIR",
        help="whose queries must not be trained on; repeatable",
    )
    data.add_argument(
        "--leaks", choices=("refuse", "leave-out"), default="refuse", help="what becomes of queries an evaluation asks too"
    )


def check_data(options: argparse.Namespace) -> None:
    """Raise InputError for data and negatives that cannot be asked for, before anything is read."""
    from reranklab.errors import InputError

    if (options.data is None) == (options.dataset is None):
        raise InputError("Name either what to train on (--dataset) or a training set that was kept (--data).")
    read_mining(options)


def read_data(options: argparse.Namespace, *, cancel: CancelSignal, progress: Progress | None) -> TrainingSet:
    """The training set, kept where that is asked for. What was left out is told on stderr. Raises InputError, and what
    `judged_training_set` and `load_training_set` raise."""
    from reranklab.data.paths import typed_path
    from reranklab.train.sets.set_files import load_training_set, save_training_set

    check_data(options)
    if options.data is not None:
        return load_training_set(typed_path(options.data, what="The training set"))
    made = _made(options, cancel=cancel, progress=progress)
    for note in made.notes:
        complain(note)
    if options.save_data is not None:
        save_training_set(made, typed_path(options.save_data, what="The folder"))
    return made


def read_mining(options: argparse.Namespace) -> Mining:
    """Raises InputError for a rule that finds nothing, and a ranker whose scores have no margin."""
    from reranklab.errors import InputError
    from reranklab.train.sets.margin import Margin
    from reranklab.train.sets.mining import Mining

    if options.margin is not None and options.margin_by is None:
        raise InputError("A margin needs a ranker that scores. Name one with --margin-by.")
    margin = Margin(by=options.margin_by, margin=options.margin) if options.margin_by else None
    usual = Mining(negatives=options.negatives, skip=options.skip, choose=options.choose, margin=margin)
    return replace(usual, by=tuple(options.negatives_by)) if options.negatives_by else usual


def _made(options: argparse.Namespace, *, cancel: CancelSignal, progress: Progress | None) -> TrainingSet:
    from reranklab.data.beir import load_dataset
    from reranklab.data.collection import Collection
    from reranklab.data.preferences import list_preferences
    from reranklab.train.sets.judged_set import judged_training_set
    from reranklab.train.sets.picked import picked_collection

    source: str | Path | Collection = options.dataset
    if options.picked:
        whole = load_dataset(options.dataset, split=options.split, cancel=cancel, progress=progress)
        source = picked_collection(list_preferences().preferences, whole)
    return judged_training_set(
        source,
        split=options.split,
        mining=read_mining(options),
        evaluate_on=options.evaluate_on,
        leaks=options.leaks,
        held_back=options.held_back,
        seed=options.seed,
        device=options.device,
        cancel=cancel,
        progress=progress,
    )
