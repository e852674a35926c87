"""A heap whose nodes have several children: the best k of a list by comparing few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Best = Callable[[Sequence[int]], int]
"""The one of a few candidates that goes before the others."""


def heap_top(count: int, *, top: int, children: int, best: Best) -> list[int]:
    """The first `top` of candidates 0 to `count`, best first; all of them sorted where `top` reaches that far.

    A node is compared with its up to `children` children at once. With a consistent comparison the result is the true order.
    """
    heap = list(range(count))
    for node in reversed(range(_parents(count, children))):
        _sink(heap, node, children=children, best=best)
    found: list[int] = []
    while heap and len(found) < top:
        found.append(heap[0])
        last = heap.pop()
        if heap:
            heap[0] = last
        if heap and len(found) < top:
            _sink(heap, 0, children=children, best=best)
    return found


def most_comparisons(count: int, *, top: int, children: int) -> Iterator[int]:
    """The sizes of the comparisons, most that `heap_top` can make: each sinking goes down to a leaf."""
    for node in range(_parents(count, children)):
        yield from _path(node, count, children)
    for taken in range(1, min(top, count)):
        yield from _path(0, count - taken, children)


def _parents(count: int, children: int) -> int:
    """Nodes that have children: those in front."""
    return max(0, -(-(count - 1) // children))


def _sink(heap: list[int], node: int, *, children: int, best: Best) -> None:
    while (first := node * children + 1) < len(heap):
        family = [node, *range(first, min(first + children, len(heap)))]
        chosen = best([heap[place] for place in family])
        place = next(place for place in family if heap[place] == chosen)
        if place == node:
            return
        heap[node], heap[place] = heap[place], heap[node]
        node = place


def _path(node: int, count: int, children: int) -> Iterator[int]:
    """Sizes of the comparisons on the way down along first children, which is the longest."""
    while (first := node * children + 1) < count:
        yield 1 + min(children, count - first)
        node = first
