"""Which queries and candidates of a collection a command takes."""

from __future__ import annotations

import argparse

from reranklab.errors import InputError


def add_rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--candidates",
        default="bm25:100",
        metavar="RULE",
        help="bm25:DEPTH, judged, ID:DEPTH of a ranker that searches, or run:FILE[:DEPTH]; default: bm25:100",
    )


def check_queries(options: argparse.Namespace) -> None:
    """Raise InputError where --queries is given and below 1."""
    if options.queries is not None and options.queries < 1:
        raise InputError(f"--queries {options.queries} does not work. Give 1 or more.")
