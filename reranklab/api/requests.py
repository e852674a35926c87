"""One request of a script through the engine."""

from __future__ import annotations

from collections.abc import Mapping

from reranklab.api.inputs import Documents, as_documents, as_query
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Query


def run_request(
    query: str | Query,
    documents: Documents,
    settings: RunSettings,
    *,
    judgements: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> Comparison:
    """Rank as `reranklab rank` does. Raises the first error where no ranker gave a ranking."""
    given = as_documents(documents)
    request = listed(as_query(query), given.documents, judgements=judgements, notes=(*given.notes, *notes))
    found = compare(request, settings, cancel=cancel, progress=progress)
    if not found.rankings and found.failures[0].error is not None:
        raise found.failures[0].error
    return found
