"""A bi-encoder word by word: what one vector for a document keeps and loses."""

from __future__ import annotations

from reranklab.explain.similarity import TokenSimilarity, token_similarity
from reranklab.plots.word_map import draw_word_map
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.ui.coloured import Legend, contribution_segments, show_coloured
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState

_NAME = "cosine of two words"


def show_word_similarity(session: SessionState, subject: Subject, spec: RankerSpec) -> None:
    def compute(cancel: CancelSignal, progress: Progress) -> TokenSimilarity:
        return token_similarity(subject.build(spec), subject.query, subject.document, cancel=cancel, progress=progress)

    say("note", "A bi-encoder reads query and document apart, so neither attends to the other. It compares two vectors.")
    found = computed(session, subject.key("similarity", spec.id), "Similarity of words", compute)
    if found is None:
        return
    rows, columns = [word.label for word in found.query], [word.label for word in found.document]
    drawing = draw_word_map(
        found.cosines, rows=rows, columns=columns, title="Similarity word by word", value_name=_NAME, diverging=True
    )
    draw(drawing, key="similarity")
    say(
        "note",
        f"The two vectors have a cosine of {found.cosine:.3f}, the ranker's score. Word by word, the best match of each query "
        f"word has {found.best:.3f} on average: what one vector for the whole document cannot see.",
    )
    _show_contributions(found, subject.document.content)


def _show_contributions(found: TokenSimilarity, text: str) -> None:
    if found.contributions is None or found.frame is None:
        say("note", "This model does not take the mean of its tokens, so its cosine is no sum over words.")
        return
    largest = max(map(abs, found.contributions), default=0.0)
    words = sum(found.contributions)
    say("note", f"The cosine is a sum over the document: its words add {words:+.3f}, special tokens {found.frame:+.3f}.")
    show_coloured(
        contribution_segments(text, found.document, found.contributions),
        key="similarity_parts",
        legend=Legend(raises="raises the cosine", lowers="lowers the cosine", full=f"full colour: {largest:.3f} of the cosine"),
        title="What each word adds to the cosine",
    )
