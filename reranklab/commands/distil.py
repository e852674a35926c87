"""`reranklab distil`: a student that learned a teacher's scores, as a folder that is a ranker."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from reranklab.train.distil.fit import FitSettings
    from reranklab.train.distil.run import Distilled
    from reranklab.train.distil.student import StudentPlan
    from reranklab.train.settings import TrainingSettings

NAME = "distil"
HELP = "Train a smaller ranker on another one's scores, without judgements. Its cost is told first."

_SHARED = ("loss", "epochs", "learning_rate", "lists", "documents", "patience", "seed")
_NETWORK = ("steps", "window", "evaluations", "precision", "at_once")
_FITTED = ("temperature",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--teacher", required=True, metavar="ID", help="whose scores are learned: any ranker with scores")
    parser.add_argument(
        "--student",
        required=True,
        metavar="KIND",
        help="layers=N or layers=0,4,7,11, projection=D, static or static=vectors, whole",
    )
    parser.add_argument("--base", metavar="ID", help="whose weights it begins with; default: the teacher's, or embedded ones")
    parser.add_argument("--name", metavar="NAME", help="of the student; needed for all but --estimate")
    data = parser.add_argument_group("queries and passages, without judgements")
    data.add_argument(
        "--dataset",
        required=True,
        metavar="SOURCE",
        help="a BEIR name, a folder, or a file of queries with --corpus",
    )
    data.add_argument("--corpus", metavar="SOURCE", help="the passages that a file of queries is searched in")
    data.add_argument("--split", metavar="NAME", help="whose queries; default: train, where there is one")
    data.add_argument("--queries", type=int, metavar="N", help="a seeded sample of them; default: all")
    data.add_argument("--candidates", metavar="RULE", help="which passages the teacher scores; default: BM25's first 20")
    data.add_argument("--held-back", type=float, default=0.1, metavar="SHARE", help="to stop early by; default: 0.1")
    data.add_argument(
        "--evaluate-on", action="append", default=[], metavar="SOURCE", help="whose queries must not be trained on; repeatable"
    )
    data.add_argument(
        "--leaks", choices=("refuse", "leave-out"), default="refuse", help="what becomes of queries an evaluation asks too"
    )
    how = parser.add_argument_group("training; what is not given suits the kind of student")
    how.add_argument("--loss", metavar="ID", help="listwise-kl or margin-mse; default: listwise-kl")
    how.add_argument("--epochs", type=int, metavar="N", help="rounds over the lists")
    how.add_argument("--learning-rate", type=float, metavar="R")
    how.add_argument("--lists", type=int, metavar="N", help="lists of a step; default: 8")
    how.add_argument("--documents", type=int, metavar="N", help="documents of a list in a step; default: 8")
    how.add_argument("--patience", type=int, metavar="N", help="held-back scores without a rise before the end")
    how.add_argument("--temperature", type=float, metavar="T", help="projection, static: scores are divided by it")
    how.add_argument("--steps", type=int, metavar="N", help="layers, whole: most steps")
    how.add_argument("--window", type=int, metavar="N", help="layers, whole: tokens read of a text; default: 256")
    how.add_argument("--evaluations", type=int, metavar="N", help="layers, whole: scores of the held-back lists; default: 4")
    how.add_argument("--at-once", type=int, metavar="N", help="layers, whole: lists read in one piece")
    how.add_argument("--precision", choices=("fp32", "bf16"), help="layers, whole: of the products; default: fp32")
    how.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")
    parser.add_argument("--estimate", action="store_true", help="tell the minutes, and train nothing")
    parser.add_argument("--resume", action="store_true", help="layers, whole: go on with a stopped training")
    parser.add_argument("--replace", action="store_true", help="give up a model or training of that name")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from dataclasses import asdict

    from reranklab.models.trained import find_trained
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import store_or_none
    from reranklab.train.distil.estimate import estimate_distilling
    from reranklab.train.distil.run import distil
    from reranklab.train.distil.student import parse_student, student_base
    from reranklab.train.folder import checked_model_name
    from reranklab.train.run import check_free
    from reranklab.train.sets.soft import CANDIDATES, label_softly, soft_task

    plan, teacher = parse_student(options.student), parse_ranker_id(options.teacher)
    base = student_base(plan, teacher, parse_ranker_id(options.base) if options.base else None)
    training, fitting = _settings(options, plan)
    if options.name is None and not options.estimate:
        raise InputError("The student needs a name. Give --name, or ask for the --estimate alone.")
    if options.name is not None and not options.estimate:
        check_free(checked_model_name(options.name), resume=options.resume, replace=options.replace)
    progress, store = terminal_progress(), store_or_none(complain)
    foretold = None
    task = soft_task(
        options.dataset, teacher=teacher.id, corpus=options.corpus, split=options.split,
        candidates=options.candidates or CANDIDATES, queries=options.queries, evaluate_on=options.evaluate_on,
        leaks=options.leaks, seed=options.seed, device=options.device, cancel=cancel, progress=progress,
    )  # fmt: skip
    if options.estimate or not options.resume:
        estimate = estimate_distilling(
            task, plan, base=base, held_back=options.held_back, training=training, fitting=fitting, device=options.device,
            store=store, cancel=cancel, progress=progress,
        )  # fmt: skip
        if options.estimate:
            if options.format == "json":
                write_json({**asdict(estimate), "minutes": estimate.minutes})
            else:
                write_line(estimate.words)
            return 0
        complain(f"To be trained: {estimate.words}")
        foretold = estimate.student_minutes
    labelled = label_softly(
        task, held_back=options.held_back, device=options.device, store=store, warn=complain, cancel=cancel,
        progress=progress,
    )  # fmt: skip
    found = distil(
        teacher, labelled.training_set, plan, name=options.name, base=base, training=training, fitting=fitting,
        device=options.device, resume=options.resume, replace=options.replace, foretold=foretold,
        cancel=cancel, progress=progress,
    )  # fmt: skip
    if options.format == "json":
        write_json(find_trained(found.name).to_json())
    else:
        _write(found)
    return 0


def _settings(options: argparse.Namespace, plan: StudentPlan) -> tuple[TrainingSettings | None, FitSettings | None]:
    """Those of the kind of student. Raises InputError for an option of the other kind."""
    from dataclasses import replace

    from reranklab.train.distil.fit import FitSettings

    network = plan.by_network
    for name in _FITTED if network else _NETWORK:
        if getattr(options, name) is not None:
            raise InputError(f"--{name.replace('_', '-')} does not go with --student {options.student}. Leave it out.")
    names = (*_SHARED, *(_NETWORK if network else _FITTED))
    given: dict[str, Any] = {name: value for name in names if (value := getattr(options, name)) is not None}
    return (replace(plan.training, **given), None) if network else (None, FitSettings(**given))


def _write(found: Distilled) -> None:
    record = found.record
    parts = record["parts"]
    write_line(
        f"{record['student']['what']}, from {found.teacher}: {parts['trained']:,} of {parts['weights']:,} weights trained on "
        f"{record['data']['lists']:,} lists."
    )
    write_line(f"Loss {record['loss']['id']}: {record['loss']['why']}")
    best = record["steps"]["best"] or 0
    write_table(
        ("after step", "agreement with the teacher, nDCG@10 of the held-back lists", "kept"),
        [(str(each.step), each.score.short, "yes" if each.step == best else "") for each in found.course.scores],
    )
    losses = [each.loss for each in found.course.losses]
    write_line(f"Loss from {losses[0]:.4f} to {losses[-1]:.4f}, {record['minutes']:.1f} minutes without the teacher's.")
    for note in found.notes:
        write_line(f"Note: {note}")
    write_line(f"Use it as {found.ranker}")
    write_line(
        f"Quality against time: reranklab evaluate --dataset NAME --ranker {found.teacher!r} --ranker {found.ranker!r}, or the "
        "Latency page."
    )
