"""A ranker family of another package: scores by shared letters. Only an entry point makes it known (see `plugin`)."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.explainable import ReadText
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.types import Document, Provenance, Query, Ranking, ScoreScale

SHARED_LETTERS = ScoreScale(name="shared letters", description="letters of the query that the document has: 0 or more")
_BATCH = 50


class LettersRanker(SpecRanker):
    """Counts the query's letters in the beginning of a document; each letter once, or wherever it stands."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self._limit = spec.integer("limit", low=1, high=100_000)
        self._once = spec.option("count") == "distinct"

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        clock = RunClock(cpu())
        wanted = set(letters(query.text))
        read: list[str] = []
        scores: list[float] = []
        for start in range(0, len(documents), _BATCH):
            check_cancel(cancel)
            report(progress, done=start, total=len(documents), unit="document")
            with clock.stage("compute"):
                for document in documents[start : start + _BATCH]:
                    found = letters(document.content)
                    read.append(found)
                    shared = [letter for letter in found[: self._limit] if letter in wanted]
                    scores.append(float(len(set(shared) if self._once else shared)))
        report(progress, done=len(documents), total=len(documents), unit="document")
        used = [min(len(found), self._limit) for found in read]
        return Ranking(
            ranker=self.id,
            query=query,
            items=rank_by_score(documents, scores, used=used, total=[len(found) for found in read], ranker=self.id),
            scale=SHARED_LETTERS,
            timing=clock.stop(documents=len(documents), tokens=sum(used), precision="whole numbers"),
            provenance=Provenance(
                ranker=self.id,
                family=self.spec.family.id,
                model="",
                revision="",
                weights_sha256="",
                device="cpu",
                device_name=cpu().name,
                precision="whole numbers",
                backend="letters",
                parameters={"count": self.spec.option("count"), "limit": self._limit},
                versions=library_versions("letters-ranker"),
            ),
        )

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText:
        """See Tokenizes: a token is a letter or digit."""
        return ReadText(text=text, ends=tuple(place for place, each in enumerate(text, start=1) if each.isalnum()))


def letters(text: str) -> str:
    """The text's letters and digits, in lower case."""
    return "".join(character for character in text.lower() if character.isalnum())


def _capabilities(spec: RankerSpec) -> Capabilities:
    return frozenset(
        {Capability.POINTWISE, Capability.ORDER_FREE, Capability.CHEAP, Capability.TOKENIZER, Capability.TRUNCATES}
    )


FAMILY = Family(
    id="letters",
    title="Shared letters",
    summary="Counts the letters that query and document share.",
    colour="#884422",
    capabilities=_capabilities,
    build=LettersRanker,
    scales=(SHARED_LETTERS,),
    options=(
        Option(name="count", default="distinct", choices=("distinct", "all"), help="Each letter once, or wherever it stands."),
        Option(name="limit", default="2000", help="Letters of a document that are read. 1 to 100000."),
    ),
    describe=lambda spec: f"{spec.option('count')} letters",
)
