"""`reranklab rankers`: the families of rankers, rankers that are saved under a name, and what rankers cost in quality."""

from __future__ import annotations

import argparse

from reranklab.commands.costs import write_costs
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.terminal import complain
from reranklab.progress import CancelSignal

NAME = "rankers"
HELP = "What rankers there are, those saved under a name, and what tiers and precisions cost in quality."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    known = actions.add_parser("families", help="every family: what it does, and what one list costs it")
    add_format(known, default="table")
    listed = actions.add_parser("list", help="every saved ranker, and where it came from")
    add_format(listed, default="table")
    costs = actions.add_parser("costs", help="what rankers that give something up for speed cost in quality, as stored")
    costs.add_argument("--ranker", action="append", metavar="ID", help="may be repeated; default: those of stored evaluations")
    add_format(costs, default="table")
    saved = actions.add_parser("save", help="save a ranker under a name; what was there is replaced")
    deleted = actions.add_parser("delete", help="forget a name")
    for one in (saved, deleted):
        one.add_argument("name", metavar="NAME")
    saved.add_argument("ranker", metavar="ID")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    actions = {"families": _families, "list": _list, "save": _save, "costs": _costs, "delete": _delete}
    actions[options.action](options)
    return 0


def _families(options: argparse.Namespace) -> None:
    from reranklab.rankers.catalogue import families, new_spec

    specs = [new_spec(family) for family in families().values()]
    if options.format == "json":
        write_json(
            {
                "families": [
                    {
                        "id": spec.family.id,
                        "title": spec.family.title,
                        "summary": spec.family.summary,
                        "cost": spec.cost,
                        "default_model": spec.family.default_model,
                        "default_stages": list(spec.family.default_stages),
                        "missing": list(spec.missing),
                    }
                    for spec in specs
                ]
            }
        )
        return
    write_table(("id", "cost of a list", "what it does"), [(spec.id, spec.cost, spec.family.summary) for spec in specs])


def _list(options: argparse.Namespace) -> None:
    from reranklab.rankers.named import named_rankers

    found = named_rankers()
    for sentence in found.damaged:
        complain(sentence)
    if options.format == "json":
        write_json(
            {
                "rankers": [
                    {"id": each.id, "ranker": each.ranker, "created_at": each.created_at, "origin": dict(each.origin)}
                    for each in found.rankers.values()
                ]
            }
        )
    elif not found.rankers:
        write_line("No ranker is saved. reranklab tune --save NAME saves one, and reranklab rankers save NAME ID.")
    else:
        write_table(
            ("name", "stands for", "saved", "from"),
            [
                (each.id, each.ranker, each.created_at[:10], ", ".join(f"{key} {value}" for key, value in each.origin.items()))
                for each in found.rankers.values()
            ],
        )


def _costs(options: argparse.Namespace) -> None:
    from reranklab.evaluate.quality_cost import stored_savers
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.store.store import open_store

    store = open_store()
    for note in store.database.notes:
        complain(note)
    named = [parse_ranker_id(text) for text in options.ranker or ()]
    write_costs(store, named or stored_savers(store), options.format)


def _save(options: argparse.Namespace) -> None:
    from reranklab.rankers.catalogue import parse_ranker_id
    from reranklab.rankers.named import NamedRanker, checked_ranker_name, save_named

    named = NamedRanker(name=checked_ranker_name(options.name), ranker=parse_ranker_id(options.ranker).id)
    save_named(named)
    write_line(f"{named.id} stands for {named.ranker}.")


def _delete(options: argparse.Namespace) -> None:
    from reranklab.rankers.named import delete_named

    delete_named(options.name)
    write_line(f"Deleted {options.name}.")
