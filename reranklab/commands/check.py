"""`reranklab check`: limits of a TOML file, for a build that fails where ranking became worse."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from reranklab.commands.output import add_format, write_json, write_table
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reranklab.evaluate.check import Outcome
    from reranklab.evaluate.experiment import RankerResult

NAME = "check"
HELP = "Check limits of a TOML file: exit status 0 all pass, 1 one fails, 3 too few queries to tell."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--junit", metavar="FILE", help="write the outcomes as JUnit XML too")
    parser.add_argument("--fresh", action="store_true", help="compute anew what is stored")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.evaluate.check import exit_status, judge
    from reranklab.evaluate.check_file import read_check
    from reranklab.evaluate.metrics import DEFAULT_MEASURES
    from reranklab.evaluate.probes.run import run_probes
    from reranklab.evaluate.probes.sources import load_source
    from reranklab.evaluate.task_set import prepare_tasks
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import store_or_none

    check = read_check(Path(options.file))
    progress = terminal_progress()
    store = store_or_none(complain)
    results: tuple[RankerResult, ...] = ()
    if check.rankers:
        tasks = prepare_tasks(
            check.collection,
            split=check.split,
            candidates=check.candidates,
            queries=check.queries,
            seed=check.seed,
            device=check.device,
            cancel=cancel,
            progress=progress,
        )
        results = tasks.evaluate(
            [parse_ranker_id(ranker) for ranker in check.rankers],
            measures=check.measures or DEFAULT_MEASURES,
            device=check.device,
            store=store,
            fresh=options.fresh,
            warn=complain,
            cancel=cancel,
            progress=progress,
        )
    probed = {
        source: run_probes(
            [load_source(source, queries=check.queries, seed=check.seed, cancel=cancel, progress=progress)],
            [parse_ranker_id(ranker) for ranker in rankers],
            device=check.device,
            store=store,
            fresh=options.fresh,
            warn=complain,
            cancel=cancel,
            progress=progress,
        )
        for source, rankers in check.probes.items()
    }
    outcomes = judge(check, results, probed)
    if options.junit:
        _write_junit(outcomes, Path(options.junit))
    if options.format == "json":
        write_json([{"limit": each.limit.words, "state": each.state, "measured": each.words} for each in outcomes])
    else:
        write_table(("state", "limit", "measured"), [(each.state, each.limit.words, each.words) for each in outcomes])
    if any(each.stored for each in results) and any(each.limit.kind == "p95_ms" for each in outcomes):
        complain("Some times are from the store, measured earlier. --fresh measures anew.")
    return exit_status(outcomes)


def _write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Raises StorageError where the file cannot be written."""
    from reranklab.data.storage import storing

    failed = sum(each.state == "fail" for each in outcomes)
    undecided = sum(each.state == "undecided" for each in outcomes)
    suite = ElementTree.Element(
        "testsuite", name="reranklab check", tests=str(len(outcomes)), failures=str(failed), skipped=str(undecided)
    )
    for each in outcomes:
        case = ElementTree.SubElement(suite, "testcase", classname="reranklab.check", name=each.limit.words)
        if each.state == "fail":
            ElementTree.SubElement(case, "failure", message=each.words)
        elif each.state == "undecided":
            ElementTree.SubElement(case, "skipped", message=each.words)
        else:
            ElementTree.SubElement(case, "system-out").text = each.words
    with storing("The JUnit file", path.parent, instead="give another --junit"):
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
