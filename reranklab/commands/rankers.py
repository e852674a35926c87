"""The rankers and the device of a command, from its arguments."""

from __future__ import annotations

import argparse

from reranklab.commands.terminal import complain
from reranklab.rankers.family import RankerSpec

_SERVICES = "A service is asked at RERANKLAB_<SERVICE>_URL with RERANKLAB_<SERVICE>_KEY, as in RERANKLAB_COHERE_KEY."


def add_rankers(parser: argparse.ArgumentParser) -> None:
    from reranklab.rankers.catalogue import default_rankers

    default = ", ".join(default_rankers())
    parser.add_argument("--ranker", action="append", metavar="ID", help=f"may be repeated; default: {default}. {_SERVICES}")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")


def chosen_specs(options: argparse.Namespace) -> tuple[RankerSpec, ...]:
    """Each ranker once; without any named, the default ones that are installed, with a line on stderr for the others.

    Raises InputError for an id that cannot be used, DeviceError for a device that is not here, and MissingPackageError
    where no default ranker is installed.
    """
    from reranklab.models.device import resolve_device
    from reranklab.rankers.catalogue import installed_rankers, parse_ranker_id

    if getattr(options, "ray", None) is None:  # else it is a device of the cluster's machines
        resolve_device(options.device)
    named, note = (options.ranker, "") if options.ranker else installed_rankers()
    if note:
        complain(note)
    specs = [parse_ranker_id(text) for text in named]
    return tuple({spec.id: spec for spec in specs}.values())
