"""Documents that people picked in blind comparisons, as judgements to train on."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.collection import Collection
from reranklab.data.preferences import Preference
from reranklab.data.words import tokenise
from reranklab.errors import InputError

PICKED = "picked"
"""The split of such a collection."""


def picked_collection(preferences: Sequence[Preference], corpus: Collection) -> Collection:
    """The queries of `corpus` in whose comparison a document was picked, each picked document relevant.

    A comparison keeps the ids of documents and no texts, so a pick counts where the corpus has its query, by text, and its
    document. The pick of a whole list says which ranking is better and of no document that it is relevant; it is left out, as
    is where no difference was seen. Raises InputError where nothing is left.
    """
    by_text = {_words(query.text): query for query in corpus.queries.values()}
    qrels: dict[str, dict[str, int]] = {}
    elsewhere = 0
    picks = [preference for preference in preferences if preference.choice == "document"]
    for preference in picks:
        query = by_text.get(_words(preference.query.text))
        if query is None or preference.document not in corpus.documents:
            elsewhere += 1
            continue
        qrels.setdefault(query.id, {})[preference.document] = 1
    if not qrels:
        raise InputError(
            f"None of {len(preferences):,} blind comparisons picked a document of {corpus.name} for one of its queries. Pick "
            "some on Compare, or name the collection that was compared."
        )
    notes = [
        (elsewhere, "picked documents that are of other queries or collections"),
        (len(preferences) - len(picks), "comparisons in which no single document was picked"),
    ]
    return Collection(
        name=corpus.name,
        split=PICKED,
        documents=corpus.documents,
        queries={query: corpus.queries[query] for query in qrels},
        qrels=qrels,
        licence=corpus.licence,
        notes=tuple(f"Left out {count:,} {what}." for count, what in notes if count),
        instructions=corpus.instructions,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(tokenise(text, analyser="words")) or (text,)
