"""Probes made by rules from a judged collection: one for each rule and query, with the best document of the query."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from reranklab.data.collection import Collection, sample_queries
from reranklab.errors import InputError
from reranklab.evaluate.probes.probe import BehaviourProbe
from reranklab.evaluate.probes.rules import RULES, Pair, Rule, applied
from reranklab.evaluate.probes.texts import terms_of
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.types import Document

_OTHERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """`left_out` is rule to reason to for how many of the `queries` it made no probe."""

    probes: tuple[BehaviourProbe, ...]
    queries: int
    left_out: Mapping[str, Mapping[str, int]]

    @property
    def notes(self) -> tuple[str, ...]:
        """What each rule made and why not more, a sentence a rule."""
        made = Counter(probe.edit for probe in self.probes)
        lines = []
        for rule, reasons in self.left_out.items():
            why = "; ".join(f"{count:,}: {reason}" for reason, count in reasons.items())
            lines.append(f"{rule}: {made[rule]:,} probes of {self.queries:,} queries{f' ({why})' if why else ''}.")
        return tuple(lines)


def generate(
    collection: Collection,
    *,
    rules: Sequence[Rule] = tuple(RULES.values()),
    queries: int | None = None,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Generated:
    """A probe for each rule and each query, or a seeded sample of the queries, where the rule applies.

    The document is the first to which the rule applies of those that are relevant for the query, the best-judged first. One
    probe a query keeps them independent, as the interval of a rate asks. Raises InputError for a collection without any
    relevant document.
    """
    chosen = sample_queries(collection, number=queries, seed=seed)
    pool = _relevant(collection)
    asked = [
        query.id for query in chosen if any(grade > 0 and id_ in pool for id_, grade in collection.qrels[query.id].items())
    ]
    if not asked:
        raise InputError(f"{collection.name} has no query with a relevant document, so no probe can be made of it.")
    probes = []
    left_out: dict[str, Counter[str]] = {rule.name: Counter() for rule in rules}
    for done, query in enumerate(asked):
        check_cancel(cancel, "Stopped before the probes were made.")
        report(progress, done=done, total=len(asked), unit="query", label="making probes")
        pairs = _pairs(collection, query, pool)
        for rule in rules:
            made = _first(rule, pairs, source=f"generate:{collection.name}")
            if isinstance(made, str):
                left_out[rule.name][made] += 1
            else:
                probes.append(made)
    report(progress, done=len(asked), total=len(asked), unit="query", label="making probes")
    reasons = {rule: dict(counts.most_common()) for rule, counts in left_out.items()}
    return Generated(probes=tuple(probes), queries=len(asked), left_out=reasons)


def _first(rule: Rule, pairs: Sequence[Pair], *, source: str) -> BehaviourProbe | str:
    """The probe of the first pair to which the rule applies, or why it does not apply to the first pair."""
    reason = ""
    for pair in pairs:
        try:
            made = applied(rule, pair)
        except InputError as error:
            reason = reason or str(error)
            continue
        return BehaviourProbe(
            id=f"{rule.name}:{pair.query.id}:{pair.document.id}",
            capability=rule.capability,
            query=pair.query,
            original=made.original,
            edited=made.edited,
            expected=rule.expected,
            edit=rule.name,
            note=made.note,
            source=source,
            unrelated=_unrelated(pair),
        )
    return reason


def _relevant(collection: Collection) -> dict[str, Document]:
    """The documents that are relevant for some query."""
    ids = {id_ for grades in collection.qrels.values() for id_, grade in grades.items() if grade > 0}
    return {id_: document for id_, document in collection.documents.items() if id_ in ids}


def _pairs(collection: Collection, query: str, pool: Mapping[str, Document]) -> tuple[Pair, ...]:
    """The query with each of its relevant documents, best first. The others are documents that are relevant for other queries
    and not for this one, in an order that depends on the query."""
    judged = collection.qrels[query]
    relevant = sorted((id_ for id_, grade in judged.items() if grade > 0 and id_ in pool), key=lambda id_: -judged[id_])

    def place(id_: str) -> str:
        return hashlib.sha256(f"{query}\t{id_}".encode()).hexdigest()

    others = tuple(pool[id_] for id_ in nsmallest(_OTHERS, (id_ for id_ in pool if judged.get(id_, 0) <= 0), key=place))
    return tuple(Pair(query=collection.queries[query], document=pool[id_], others=others) for id_ in relevant)


def _unrelated(pair: Pair) -> Document | None:
    """The first other document that shares no term with the query."""
    asked = terms_of(pair.query.text)
    return next((each for each in pair.others if each.text.strip() and not asked & terms_of(each.content)), None)
