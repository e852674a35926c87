"""`explain`: why a document stands where it does, by any analysis of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, Documents, as_specs
from reranklab.api.requests import run_request
from reranklab.api.show import Cell, as_html, as_text
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import RunSettings
from reranklab.errors import InputError
from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.faithfulness import ANALYSIS as FAITHFULNESS
from reranklab.explain.analyses.faithfulness import tested
from reranklab.explain.analysis import Finding
from reranklab.explain.attribution import Attribution
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.record import explanations_record
from reranklab.explain.subject import Subject, neighbour, subject_of
from reranklab.extras import TABLES
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import DEFAULT_RANKER
from reranklab.types import RANK_ONLY, Document, Query

if TYPE_CHECKING:
    import pandas

    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint

DEFAULT_METHOD = "leave-one-out"
_COMPARE = "compare"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExplanationResult:
    """What analyses found about one document, a finding for each ranker and method. Iterating gives the findings.

    A finding's `result` is the analysis's own, such as an `Attribution`.
    """

    subject: Subject
    findings: tuple[Finding[Any], ...]

    @property
    def query(self) -> Query:
        return self.subject.query

    @property
    def document(self) -> Document:
        return self.subject.document

    @property
    def notes(self) -> tuple[str, ...]:
        """How the input was read, a sentence each."""
        return self.subject.comparison.notes

    @property
    def attribution(self) -> Attribution:
        """What each part of the document adds to its score: the first finding that says so. Raises InputError for none."""
        for finding in self.findings:
            found = getattr(finding.result, "attribution", finding.result)
            if isinstance(found, Attribution):
                return found
        raise InputError("No attribution was asked for. Choose a method such as leave-one-out.")

    @property
    def words(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        return tuple(line for finding in self.findings for line in finding.analysis.words(self.subject, finding))

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes: the methods."""
        return tuple(dict.fromkeys(finding.analysis.id for finding in self.findings))

    def __iter__(self) -> Iterator[Finding[Any]]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def drawings(self, name: str) -> tuple[Drawing, ...]:
        """Every figure of a method, each with its text alternative; none where there is nothing to draw.

        Raises InputError, naming the methods, for an unknown name, and MissingPackageError without plotly.
        """
        check_figure(name, self.figures)
        from reranklab.plots.catalogue import draw_findings

        return draw_findings(self.subject, self._of(name))

    def figure(self, name: str) -> Drawing:
        """The first figure of a method. Raises as `drawings` does, and InputError where there is nothing to draw."""
        drawings = self.drawings(name)
        if not drawings:
            raise InputError(f"{name} has no figure. See `to_pandas` or `words`.")
        return drawings[0]

    def to_pandas(self, method: str | None = None) -> pandas.DataFrame:
        """The table of a method, by default of the first, with a column for the ranker. Needs pandas.

        Raises InputError for a method that was not asked and for one without a table.
        """
        TABLES.check("A data frame")
        import pandas

        name = self.figures[0] if method is None else method
        if name not in self.figures:
            raise InputError(f"There is no finding of {name!r}. Choose one of: {', '.join(self.figures)}.")
        tables = [(finding, finding.analysis.table(self.subject, finding)) for finding in self._of(name)]
        frames = [
            pandas.DataFrame([(finding.ranker, *row) for row in table.rows], columns=["ranker", *table.header])
            for finding, table in tables
            if table is not None
        ]
        if not frames:
            raise InputError(f"{name} has no table. See `to_dict` or `words`.")
        return pandas.concat(frames, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab explain` gives as JSON, as plain values."""
        return explanations_record(self.subject, self.findings)

    def to_json(self, *, indent: int | None = 2) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    def __repr__(self) -> str:
        return "\n\n".join(as_text(*self._table(finding)) for finding in self.findings)

    def _repr_html_(self) -> str:
        return "".join(as_html(*self._table(finding)) for finding in self.findings)

    def _of(self, name: str) -> list[Finding[Any]]:
        return [finding for finding in self.findings if finding.analysis.id == name]

    def _table(self, finding: Finding[Any]) -> tuple[str, Sequence[str], list[list[Cell]], Sequence[str]]:
        ranking = self.subject.ranking(finding.ranker)
        item = self.subject.item(ranking)
        score = "" if ranking.scale == RANK_ONLY else f", {ranking.scale.name} {item.score:.4g}"
        title = self.subject.titles[finding.ranker]
        head = f"{finding.analysis.title}, {title}: {item.id} at rank {item.rank} of {len(ranking.items):,}{score}"
        table = finding.analysis.table(self.subject, finding)
        rows = [] if table is None else [["" if cell is None else cell for cell in row] for row in table.rows]
        return head, () if table is None else table.header, rows, finding.analysis.words(self.subject, finding)


def explain(
    query: str | Query,
    documents: Documents,
    document: str,
    ranker: AnyRanker | Sequence[AnyRanker] = DEFAULT_RANKER,
    *,
    method: str | Sequence[str] = DEFAULT_METHOD,
    against: str | None = None,
    faithfulness: bool = False,
    settings: Mapping[str, object] | None = None,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> ExplanationResult:
    """Why the document of that id stands where it does among `documents`, at one ranker or several.

    `method` is the id of an analysis (`reranklab explain --method list` names them), or several. `settings` are parameters of
    the methods that have them, such as {"unit": "term"}. `against` names a second document, and adds what makes the margin
    between the two. `faithfulness` also tests each attribution by deleting words. Raises InputError for what does not exist
    or cannot be asked of a ranker, and what the rankers raise.
    """
    _asked(method, settings, against=against)
    specs, notes = as_specs(ranker)
    run = RunSettings(specs=specs, device=device, endpoints=endpoints)
    comparison = run_request(query, documents, run, notes=notes, progress=progress, cancel=cancel)
    for failure in comparison.failures:
        if failure.error is not None:
            raise failure.error
    return explain_comparison(
        comparison,
        document,
        method=method,
        against=against,
        faithfulness=faithfulness,
        settings=settings,
        progress=progress,
        cancel=cancel,
    )


def explain_comparison(
    comparison: Comparison,
    document: str,
    *,
    method: str | Sequence[str],
    against: str | None,
    faithfulness: bool,
    settings: Mapping[str, object] | None,
    progress: Progress | None,
    cancel: CancelSignal | None,
) -> ExplanationResult:
    """Ask analyses about a document of a finished comparison, at each of its rankings. Raises as `explain` does."""
    asked = _asked(method, settings, against=against)
    order = [item.id for item in comparison.rankings[0].items]
    known = document in order
    subject = subject_of(comparison, document, other=against or (neighbour(order, document) if known else None))
    findings = []
    for ranking in comparison.rankings:
        for name, parameters in asked.items():
            analysis = find_analysis(name)
            found = analyse(analysis, subject, ranking.ranker, parameters, cancel=cancel, progress=progress)
            findings.append(found)
            if faithfulness and analysis.record_key == "attribution":
                test = analyse(FAITHFULNESS, subject, ranking.ranker, tested(found), cancel=cancel, progress=progress)
                findings.append(test)
    return ExplanationResult(subject=subject, findings=tuple(findings))


def _asked(
    method: str | Sequence[str], settings: Mapping[str, object] | None, *, against: str | None
) -> dict[str, dict[str, str]]:
    """Method to its parameters, with the comparison of two documents where there is a second.

    Raises InputError for a method that does not exist, and for a parameter that none has.
    """
    names = [method] if isinstance(method, str) else list(dict.fromkeys(method))
    if not names:
        raise InputError(f"No method is named. Name at least one, such as {DEFAULT_METHOD}.")
    if against is not None and _COMPARE not in names:
        names.append(_COMPARE)
    given = {name: str(value) for name, value in (settings or {}).items()}
    analyses = [find_analysis(name) for name in names]
    options = {analysis.id: {option.name for option in analysis.options} for analysis in analyses}
    for name in given:
        if not any(name in has for has in options.values()):
            known = ", ".join(sorted(set().union(*options.values()))) or "none"
            raise InputError(f"{', '.join(names)} has no parameter {name!r}. It has: {known}.")
    asked = {name: {key: value for key, value in given.items() if key in options[name]} for name in names}
    for analysis in analyses:
        analysis.settings(asked[analysis.id])
    return asked
