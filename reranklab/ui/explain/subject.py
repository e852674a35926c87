"""The choice of what the Explain page is about: one document of the last run."""

from __future__ import annotations

from reranklab.explain.subject import Subject
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import shorten
from reranklab.ui.explain.work import Computations
from reranklab.ui.inputs import show_saved_upload
from reranklab.ui.resources import scores
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, kept


@part("The choice of a document", failed=None)
def show_subject(session: SessionState) -> Subject | None:
    """The query, and the choice of the document; without a run, the way to one."""
    comparison = session.comparison
    if comparison is None or not comparison.rankings:
        say("info", "There is nothing to explain yet. Rank some documents on the Compare page, then choose one.")
        plain.page_link("app.py", label="Go to Compare")
        show_saved_upload(session, key="w_saved_explain")
        return None
    documents = {document.id: document for document in comparison.documents}
    ranks = comparison.rankings[0].rank_of()
    ids = sorted(documents, key=ranks.__getitem__)
    session.selected = among(session.selected, ids, default=ids[0])
    say("query", comparison.request.query.text)

    def store(document_id: str) -> None:
        session.selected = document_id

    def name(document_id: str) -> str:
        document = documents[document_id]
        return f"{document_id}: {shorten(document.title or document.text, limit=90)}"

    kept(
        plain.selectbox, "Document", key="w_explained", value=session.selected, store=store, options=ids, format_func=name,
        help="In the order of the first ranker.",
    )  # fmt: skip
    subject = Subject(
        comparison=comparison,
        document=documents[session.selected],
        scores=scores(),
        results=session.of(Computations).results,
    )
    for note in comparison.candidates.notes:
        say("warning", note)
    return subject if subject.rankings else None
