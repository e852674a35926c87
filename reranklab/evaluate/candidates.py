"""Which documents are reranked for a query: the top of a search or of another system's run, or the judged ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.evaluate.experiment import RankingTask
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.catalogue import families, parse_ranker_id
from reranklab.rankers.family import Capability, RankerSpec

DEFAULT_RULE = "bm25:100"
WORDS, JUDGED = "bm25", "judged"
_RUN = "run:"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRule:
    """`depth` 0 stands for the judged documents in file order. Else the first `depth` documents are those of the TREC run in
    the file `run`, of a search by `ranker`, or where both are "" of a BM25 search."""

    depth: int
    ranker: str = ""
    run: str = ""

    def __str__(self) -> str:
        if not self.depth:
            return JUDGED
        return f"{f'run:{self.run}' if self.run else self.ranker or WORDS}:{self.depth}"

    @property
    def by_words(self) -> bool:
        """Whether it is a BM25 search."""
        return bool(self.depth) and not self.ranker and not self.run

    @property
    def finder(self) -> str:
        """What found the candidates, as it stands in a sentence."""
        return "the run" if self.run else self.ranker or "BM25"


def parse_candidates(text: str) -> CandidateRule:
    """`judged`, `bm25:100`, the id of a ranker that searches and a depth (`ID:100`), or `run:FILE`, perhaps with a depth.

    Raises InputError for anything else, and for a ranker that cannot be used.
    """
    if text == JUDGED:
        return CandidateRule(depth=0)
    head, colon, tail = text.rpartition(":")
    has_depth = bool(colon) and re.fullmatch(r"[0-9]{1,6}", tail) is not None
    if text.startswith(_RUN) and not has_depth:
        head, tail = text, str(MAX_CANDIDATES)
    elif not has_depth:
        raise _unknown(text)
    if not 1 <= int(tail) <= MAX_CANDIDATES:
        raise _unknown(text)
    if head == WORDS:
        return CandidateRule(depth=int(tail))
    if head.startswith(_RUN) and head != _RUN:
        return CandidateRule(depth=int(tail), run=head.removeprefix(_RUN))
    try:
        spec = parse_ranker_id(head)
    except InputError as error:
        raise _unknown(text) from error
    if not spec.can(Capability.SEARCHES):
        raise InputError(f"{spec.id} does not search a collection. {_ways()}")
    return CandidateRule(depth=int(tail), ranker=spec.id)


def _unknown(text: str) -> InputError:
    return InputError(f"Candidates {text!r} do not exist. {_ways()}")


def searching_rankers() -> tuple[str, ...]:
    """The ids of the rankers with nothing set that search a collection by themselves."""
    specs = (RankerSpec(family=family) for family in families().values() if not family.stages)
    return tuple(spec.id for spec in specs if spec.can(Capability.SEARCHES))


def _ways() -> str:
    found = searching_rankers()
    by_ranker = f", ID:DEPTH with a ranker that searches ({', '.join(found)})" if found else ""
    return f"Write judged, or bm25:DEPTH, 1 to {MAX_CANDIDATES}{by_ranker}, or run:FILE for those of a TREC run."


def task_notes(collection: Collection, tasks: Sequence[RankingTask], rule: CandidateRule) -> tuple[str, ...]:
    """What a reader of the means must know of the candidates, a sentence each."""
    own = [task.query.id for task in tasks if task.own is not None]
    unranked = [task.query.id for task in tasks if not task.documents]
    partial = [task.query.id for task in tasks if not rule.depth and task.documents and collection.absent(task.query.id)]
    reason = f"{rule.finder} found no document" if rule.depth else "no judged document is in the corpus"
    return (
        *_note(own, "is a document of the collection, which is", "are documents of the collection, which are", "left out"),
        *_note(partial, "is", "are", "ranked without those of the judged documents that are not in the corpus"),
        *_note(unranked, "has", "have", f"no candidates, since {reason}; every ranker scores 0 there"),
    )


def _note(queries: Sequence[str], one: str, several: str, rest: str) -> tuple[str, ...]:
    if not queries:
        return ()
    subject = f"1 query {one}" if len(queries) == 1 else f"{len(queries):,} queries {several}"
    return (f"{subject} {rest}: {shorten(queries)}.",)
