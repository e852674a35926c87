"""The rankers and the device of a command, from its arguments."""

from __future__ import annotations

import argparse

from reranklab.rankers.family import RankerSpec


def add_rankers(parser: argparse.ArgumentParser) -> None:
    from reranklab.rankers.catalogue import default_rankers

    default = ", ".join(default_rankers())
    parser.add_argument("--ranker", action="append", metavar="ID", help=f"may be repeated; default: {default}")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")


def chosen_specs(options: argparse.Namespace) -> tuple[RankerSpec, ...]:
    """Each ranker once. Raises InputError for an id that cannot be used, and DeviceError for a device that is not here."""
    from reranklab.models.device import resolve_device
    from reranklab.rankers.catalogue import default_rankers, parse_ranker_id

    resolve_device(options.device)
    specs = [parse_ranker_id(text) for text in options.ranker or default_rankers()]
    return tuple({spec.id: spec for spec in specs}.values())
