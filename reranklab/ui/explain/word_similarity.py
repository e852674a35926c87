"""A bi-encoder word by word: what one vector for a document keeps and loses."""

from __future__ import annotations

from reranklab.explain.analyses.word_similarity import contributions_in_words, cosines_in_words
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.similarity import TokenSimilarity
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.ui.coloured import Legend, contribution_segments, show_coloured
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def show_word_similarity(session: SessionState, subject: Subject, ranker: str) -> None:
    say("note", "A bi-encoder reads query and document apart, so neither attends to the other. It compares two vectors.")
    finding = ask_for(session, subject, find_analysis("word-similarity"), ranker)
    if finding is None:
        return
    for drawing in draw_findings(subject, [finding]):
        draw(drawing, key="similarity")
    say("note", cosines_in_words(finding.result))
    say("note", contributions_in_words(finding.result))
    _show_contributions(finding.result, subject.document.content)
    show_download(subject, [finding], name="word-similarity")


def _show_contributions(similarity: TokenSimilarity, text: str) -> None:
    if similarity.contributions is None:
        return
    largest = max(map(abs, similarity.contributions), default=0.0)
    show_coloured(
        contribution_segments(text, similarity.document, similarity.contributions),
        key="similarity_parts",
        legend=Legend(raises="raises the cosine", lowers="lowers the cosine", full=f"full colour: {largest:.3f} of the cosine"),
        title="What each word adds to the cosine",
    )
