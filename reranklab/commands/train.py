"""`reranklab train`: a model fine-tuned on a judged collection, as a folder that is a ranker."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.commands.training_data import add_data, check_data, read_data
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.train.run import Trained
    from reranklab.train.settings import TrainingSettings

NAME = "train"
HELP = "Fine-tune a ranker on a judged collection. Its cost is told first; a stopped run goes on with --resume."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--ranker", metavar="ID", help="the ranker whose model is trained; default: the embedded cross-encoder")
    parser.add_argument("--name", metavar="NAME", help="of the trained model; needed for all but --estimate")
    add_settings(parser)
    parser.add_argument("--device", default="cpu", metavar="ID")
    parser.add_argument("--estimate", action="store_true", help="tell minutes and memory, and train nothing")
    parser.add_argument("--resume", action="store_true", help="go on with the training --name, with what it began with")
    parser.add_argument("--replace", action="store_true", help="give up a model or training of that name")
    add_format(parser, default="table")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """What `read_settings` reads."""
    how = parser.add_argument_group("training")
    how.add_argument("--loss", default="", metavar="ID", help="default: what suits the labels")
    how.add_argument("--epochs", type=int, default=2, metavar="N", help="rounds over the lists; default: 2")
    how.add_argument("--steps", type=int, default=0, metavar="N", help="most steps; default: as the epochs say")
    how.add_argument("--learning-rate", type=float, default=0.0, metavar="R", help="default: as suits the kind of model")
    how.add_argument("--lists", type=int, default=8, metavar="N", help="lists of a step; default: 8")
    how.add_argument("--at-once", type=int, default=0, metavar="N", help="lists read in one piece, which decides the memory")
    how.add_argument("--documents", type=int, default=8, metavar="N", help="documents of a list in a step; default: 8")
    how.add_argument("--window", type=int, default=256, metavar="N", help="tokens read of a text; default: 256")
    how.add_argument("--layers", type=int, metavar="N", help="train the last N layers alone, with what stands behind them")
    how.add_argument("--embeddings", action="store_true", help="train the input embeddings too")
    how.add_argument("--adapters", type=int, default=0, metavar="RANK", help="low-rank adapters in the trained layers")
    how.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the products; weights stay fp32")
    how.add_argument("--evaluations", type=int, default=4, metavar="N", help="scores of the held-back lists; default: 4")
    how.add_argument("--patience", type=int, default=2, metavar="N", help="scores without a rise before the end; default: 2")
    how.add_argument("--seed", type=int, default=0, metavar="S")


def read_settings(options: argparse.Namespace) -> TrainingSettings:
    """Raises InputError for a value that no run can have."""
    from reranklab.train.settings import TrainingSettings

    names = (
        "loss",
        "epochs",
        "steps",
        "learning_rate",
        "lists",
        "at_once",
        "documents",
        "window",
        "layers",
        "embeddings",
        "adapters",
        "precision",
        "evaluations",
        "patience",
        "seed",
    )
    return TrainingSettings(**{name: getattr(options, name) for name in names})


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.errors import InputError
    from reranklab.models.trained import checked_model_name
    from reranklab.rankers.catalogue import DEFAULT_RANKER, parse_ranker_id
    from reranklab.train.catalogue import learner_of
    from reranklab.train.estimate import estimate_training
    from reranklab.train.run import check_free, resume_training, train

    progress = terminal_progress()
    if options.name is None and not options.estimate:
        raise InputError("The trained model needs a name. Give --name, or ask for the --estimate alone.")
    if options.resume:
        _write(resume_training(options.name or "", cancel=cancel, progress=progress), options.format)
        return 0
    check_data(options)
    settings = read_settings(options)
    spec = parse_ranker_id(options.ranker or DEFAULT_RANKER)
    learner_of(spec)
    if not options.estimate:
        check_free(checked_model_name(options.name), replace=options.replace)
    training_set = read_data(options, cancel=cancel, progress=progress)
    estimate = estimate_training(spec, training_set, settings=settings, device=options.device, cancel=cancel, progress=progress)
    if options.estimate:
        if options.format == "json":
            write_json({**asdict(estimate), "minutes": estimate.minutes, "lists": len(training_set.lists)})
        else:
            write_line(f"{len(training_set.lists):,} lists, {len(training_set.held_back):,} held back: {estimate.words}")
        return 0
    complain(f"To be trained: {estimate.words}")
    found = train(
        spec,
        training_set,
        name=options.name,
        settings=settings,
        device=options.device,
        replace=options.replace,
        estimate=estimate,
        cancel=cancel,
        progress=progress,
    )
    _write(found, options.format)
    return 0


def _write(found: Trained, form: str) -> None:
    if form == "json":
        from reranklab.models.trained import find_trained

        write_json(find_trained(found.name).to_json())
        return
    prepared = found.prepared
    write_line(f"{found.base}, trained on {len(prepared.training_set.lists):,} lists: {prepared.parts.words}.")
    write_line(f"Loss {prepared.loss.id}: {prepared.loss.why}")
    best = found.course.best
    write_table(
        ("after step", "nDCG@10 of the held-back lists", "kept"),
        [(str(each.step), each.score.short, "yes" if each == best else "") for each in found.course.scores],
    )
    losses = [each.loss for each in found.course.losses]
    few = max(len(losses) // 10, 1)
    write_line(
        f"{len(losses):,} steps; the mean loss of the first {few} is {sum(losses[:few]) / few:.4f}, of the last "
        f"{sum(losses[-few:]) / few:.4f}."
    )
    foretold = f", foretold {found.foretold:.1f}" if found.foretold is not None else ""
    memory = f", {found.memory / 1000:.1f} GB" if found.memory is not None else ""
    write_line(f"{found.minutes:.1f} minutes{foretold}{memory}.")
    for note in found.notes:
        write_line(f"Note: {note}")
    write_line(f"Use it as {found.ranker}. Its folder is {found.folder}.")
