"""`reranklab judgements`: what people judged on the Compare page."""

from __future__ import annotations

import argparse
from pathlib import Path

from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain
from reranklab.errors import InputError, StorageError
from reranklab.progress import CancelSignal

NAME = "judgements"
HELP = "What people judged: collections, how far their judges agree, and what was preferred in blind comparisons."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="every judged collection")
    exported = actions.add_parser("export", help="a collection as a zip archive in BEIR layout")
    agreed = actions.add_parser("agreement", help="the agreement of each pair of judges, and their conflicts")
    deleted = actions.add_parser("delete", help="delete a collection with all its judgements, or one that waits for some")
    blind = actions.add_parser("preferences", help="wins and strengths of rankers in blind comparisons")
    for one in (exported, agreed, deleted):
        one.add_argument("collection", metavar="NAME")
    exported.add_argument("--output", metavar="FILE", help="default: NAME.zip")
    for one in (listed, agreed, blind):
        add_format(one, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    actions = {"list": _list, "export": _export, "agreement": _agreement, "delete": _delete, "preferences": _preferences}
    actions[options.action](options)
    return 0


def _list(options: argparse.Namespace) -> None:
    from reranklab.data.judged import judged_names, read_judged
    from reranklab.data.unjudged import unjudged_names

    if waiting := unjudged_names():
        complain(f"Waiting for a first judgement: {', '.join(waiting)}.")
    collections = [read_judged(name) for name in judged_names()]
    if options.format == "json":
        write_json(
            [
                {
                    "name": judged.name,
                    "folder": str(judged.folder),
                    "queries": len(judged.merged),
                    "pairs": sum(map(len, judged.merged.values())),
                    "judges": {judge: sum(map(len, grades.values())) for judge, grades in judged.judges.items()},
                }
                for judged in collections
            ]
        )
    elif not collections:
        write_line("Nothing has been judged yet. Compare has a view for it.")
    else:
        write_table(
            ("collection", "queries", "judged pairs", "judges", "folder"),
            [
                (
                    judged.name,
                    f"{len(judged.merged):,}",
                    f"{sum(map(len, judged.merged.values())):,}",
                    ", ".join(f"{judge} ({sum(map(len, grades.values())):,})" for judge, grades in judged.judges.items()),
                    str(judged.folder),
                )
                for judged in collections
            ],
        )


def _export(options: argparse.Namespace) -> None:
    from reranklab.data.judged import export_judged, read_judged

    content = export_judged(options.collection)
    path = Path(options.output or f"{read_judged(options.collection).name}.zip")
    if path.exists():
        raise InputError(f"There is a file {path} already. Move it away, or name another with --output.")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}. Name another place with --output.") from error
    write_line(f"Wrote {path}.")


def _agreement(options: argparse.Namespace) -> None:
    from reranklab.data.judged import read_judged
    from reranklab.evaluate.judging import agreement_record, conflicts, judge_agreements

    judged = read_judged(options.collection)
    agreements, found = judge_agreements(judged.judges), conflicts(judged)
    if options.format == "json":
        write_json(agreement_record(agreements, found))
        return
    if not agreements:
        write_line(f"No document of {judged.name} has been graded by two judges. Let another one grade the same query.")
        return
    write_table(
        ("judges", "pairs", "same grade", "kappa", "weighted kappa", "95 %"),
        [
            (
                f"{each.first}, {each.second}",
                f"{each.pairs:,}",
                f"{each.same:.0%}",
                "-" if each.kappa is None else f"{each.kappa:.3f}",
                "-" if each.weighted is None else f"{each.weighted:.3f}",
                "-" if each.interval is None else f"{each.interval[0]:.3f} to {each.interval[1]:.3f}",
            )
            for each in agreements
        ],
    )
    write_line("Weighted kappa: disagreements weigh as the square of their distance. 95 %: bootstrap over queries.")
    if found:
        write_line()
        write_table(
            ("query", "document", *judged.judges, "counts as"),
            [
                (
                    each.query_id,
                    each.document_id,
                    *(str(each.grades.get(judge, "")) for judge in judged.judges),
                    str(each.merged),
                )
                for each in found
            ],
        )


def _delete(options: argparse.Namespace) -> None:
    from reranklab.data.judged import delete_judged
    from reranklab.data.unjudged import delete_unjudged, unjudged_names

    if options.collection in unjudged_names():
        delete_unjudged(options.collection)
    else:
        delete_judged(options.collection)
    write_line(f"Deleted {options.collection}.")


def _preferences(options: argparse.Namespace) -> None:
    from reranklab.data.preferences import list_preferences, preferences_file
    from reranklab.evaluate.preferences import preferred

    kept = list_preferences()
    for number in kept.damaged:
        complain(f"Line {number} of {preferences_file()} is no preference and was passed over.")
    found = preferred(kept.preferences)
    if options.format == "json":
        write_json(found.record())
        return
    if not found.comparisons:
        write_line("Nothing has been compared blind yet. Compare has a view for it.")
        return
    people = "1 person" if found.people == 1 else f"{found.people:,} people"
    write_line(f"{found.comparisons:,} blind comparisons by {people}. [95 % Wilson interval of the wins that were no ties]")
    write_table(
        ("first", "second", "wins", "ties", "losses", "share won"),
        [
            (
                pair.first,
                pair.second,
                str(pair.wins),
                str(pair.ties),
                str(pair.losses),
                "-" if pair.interval is None else f"{pair.share:.2f} [{pair.interval[0]:.2f}, {pair.interval[1]:.2f}]",
            )
            for pair in found.pairs
        ],
    )
    if found.strengths:
        write_line()
        write_table(
            ("ranker", "chance against the average", "95 %"),
            [(each.ranker, f"{each.chance:.2f}", f"{each.low:.2f} to {each.high:.2f}") for each in found.strengths],
        )
    for note in found.notes:
        write_line(f"Note: {note}")
