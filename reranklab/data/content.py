"""What a collection and its judgements say, as digests: equal ones are the same texts and grades wherever they lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from reranklab.data.collection import Collection


def collection_sha256(collection: Collection) -> str:
    """SHA-256 in hex over the documents (id, title, text) and the split's queries (id, text), in file order."""
    digest = hashlib.sha256()

    def add(*parts: str) -> None:
        for part in parts:
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big"))
            digest.update(encoded)

    add(str(len(collection.documents)))
    for document in collection.documents.values():
        add(document.id, document.title, document.text)
    for query in collection.queries.values():
        add(query.id, query.text)
    return digest.hexdigest()


def judgements_sha256(judgements: Mapping[str, Mapping[str, int]]) -> str:
    """SHA-256 in hex of query id to document id to grade, whatever their order."""
    return hashlib.sha256(json.dumps(judgements, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
