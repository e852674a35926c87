"""Queries of one's own kept for the test, where a collection has no split for that."""

from __future__ import annotations

from collections.abc import Collection as Ids
from dataclasses import replace

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.train.sets.alike import alike_groups
from reranklab.train.sets.mining import relevant_documents
from reranklab.train.sets.query_split import hold_back

TEST_SHARE = 0.3


def keep_for_test(
    collection: Collection,
    *,
    share: float = TEST_SHARE,
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[Collection, Collection]:
    """The collection with the queries to train on, and with about `share` of those that have a relevant document, for the test.

    The same seed gives the same queries. Queries that are alike are kept together. Raises InputError where there are fewer than
    two to divide.
    """
    judged = [query for query in collection.queries.values() if relevant_documents(collection, query.id)]
    if len(judged) < 2:
        raise InputError(
            f"{collection.name} has {len(judged)} queries with a relevant document: too few to keep some for the test. Judge "
            "more, or take another collection."
        )
    groups = alike_groups(judged, device=device, cancel=cancel, progress=progress)
    kept = hold_back(groups, share=share, seed=seed, strata={})
    others = [query for query in collection.queries if query not in kept]
    return _part(collection, others), _part(collection, kept)


def _part(collection: Collection, queries: Ids[str]) -> Collection:
    chosen = {id_: query for id_, query in collection.queries.items() if id_ in queries}
    return replace(collection, queries=chosen, qrels={id_: collection.qrels[id_] for id_ in chosen if id_ in collection.qrels})
