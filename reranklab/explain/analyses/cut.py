"""What was read: where a ranker stopped reading the document, and what it did not read."""

from __future__ import annotations

from typing import Any

from reranklab.explain.analysis import Analysis, Finding, Parameters
from reranklab.explain.cut import Cut, find_cut
from reranklab.explain.sections import RANKS
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking

_END = 60
_SHOWN = 160


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Cut:
    item = subject.item(ranking)
    if not item.truncated:
        return Cut(before=subject.document.content, after="")
    return find_cut(ranker, subject.document, used=item.tokens_used, cancel=cancel, progress=progress)


def _record(cut: Cut) -> dict[str, Any]:
    """`read` is the text up to its last token that was read, `cut_off` what follows it."""
    return {"read": cut.before, "cut_off": cut.after}


def _words(subject: Subject, finding: Finding[Cut]) -> tuple[str, ...]:
    name, cut = subject.titles[finding.ranker], finding.result
    if not subject.item(subject.ranking(finding.ranker)).truncated:
        return (f"{name} read all of it.",)
    what = f"“{_shortened(cut.after)}”" if cut.after else "nothing but white space"
    return (f"{name} read up to “{_end(cut.before)}”. Cut off, {len(cut.after):,} characters: {what}.",)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _end(text: str) -> str:
    return f"… {text.rstrip()[-_END:]}" if len(text) > _END else text


ANALYSIS = Analysis(
    id="cut",
    title="What was read",
    summary="Where the ranker stopped reading the document, and what it did not read.",
    section=RANKS,
    needs=frozenset({Capability.TOKENIZER}),
    run=_run,
    record=_record,
    words=_words,
)
