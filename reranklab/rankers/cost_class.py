"""What one list costs, in a few words: how often a network reads, or a service is asked."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class CostClass(StrEnum):
    """How the work for one list grows, the least first. A "pass" is one run of a network over a text."""

    NO_MODEL = "no model"
    LOOK_UPS = "one look-up per word, no network"
    PER_QUERY = "one pass per query"
    PER_DOCUMENT = "one pass per document"
    PER_PASSAGE = "one pass per passage"
    PER_LIST = "one pass per list"
    PER_WINDOW = "a few long passes per list"
    MANY_PASSES = "many passes per list"
    SERVICE = "calls to a service"
    MANY_CALLS = "many calls to a service"
    UNTOLD = "cost not told"


def costliest(classes: Iterable[CostClass]) -> CostClass:
    """The class that decides what the whole costs, of rankers that run one after the other."""
    order = list(CostClass)
    return max(classes, key=order.index)
