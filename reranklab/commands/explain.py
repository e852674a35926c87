"""`reranklab explain`: why one document stands where it does, ranker by ranker, by any analysis of the catalogue."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reranklab.commands.candidates import add_candidates, read_candidates
from reranklab.commands.output import add_format, write_json, write_line, write_table
from reranklab.commands.rankers import add_rankers, chosen_specs
from reranklab.commands.saved import read_saved
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.progress import CancelSignal, Progress
from reranklab.types import RANK_ONLY, Query

if TYPE_CHECKING:
    from reranklab.engine.comparison import Comparison
    from reranklab.explain.analysis import Analysis, Finding
    from reranklab.explain.subject import Subject

NAME = "explain"
HELP = "Why a document of a file stands where it does for a query: by attribution, attention, an edit, other orders and more."

_DEFAULT, _COMPARE, _WHAT_IF, _LIST = "leave-one-out", "compare", "what-if", "list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_candidates(parser, required=False)
    parser.add_argument(
        "--saved",
        metavar="FILE",
        help="a result that rank --save or the Compare page saved, instead of --query and --documents",
    )
    parser.add_argument(
        "--document",
        metavar="ID",
        help="the document to explain; methods about the whole list need none, and tell of the first ranker's top document",
    )
    parser.add_argument("--against", metavar="ID", help="another document: also explain the margin between the two")
    add_rankers(parser)
    parser.add_argument(
        "--method",
        action=_Methods,
        metavar="ID",
        help=f"may be repeated; {_LIST} names all, with their parameters. Default: {_DEFAULT}, which works for every ranker",
    )
    parser.add_argument("--unit", choices=("sentence", "term"), default="sentence", help="what is left out; default: sentence")
    parser.add_argument("--steps", type=int, default=64, metavar="N", help="of integrated gradients, 8 to 1024; default: 64")
    parser.add_argument(
        "--faithfulness", action="store_true", help="also delete words in the attribution's order, and at random"
    )
    parser.add_argument(
        "--edit",
        action="append",
        metavar="NAME[=N]",
        help="an edit of the document for what-if, such as negate=2; may be repeated",
    )
    parser.add_argument(
        "--parameter", action="append", metavar="NAME=VALUE", help="a parameter of the methods that have it; may be repeated"
    )
    add_format(parser, default="json")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    asked = _asked(options)
    comparison = _saved(options) if options.saved is not None else _ranked(options, cancel)
    if comparison is None:
        return 2
    subject = _subject(comparison, options)
    findings: list[Finding[Any]] = []
    failed = bool(comparison.failures)
    for ranking in subject.rankings:
        for analysis, parameters in asked:
            try:
                findings += _explain(subject, ranking.ranker, analysis, parameters, options, cancel, terminal_progress())
            except Cancelled:
                raise
            except RerankLabError as error:
                failed = True
                complain(f"{ranking.ranker}: {error}")
    if findings:
        _write(subject, findings, options)
    return 2 if failed else 0


def _saved(options: argparse.Namespace) -> Comparison:
    if options.query is not None or options.documents is not None or options.ranker:
        raise InputError("--saved brings its own query, documents and rankers. Leave the others out.")
    comparison = read_saved(options.saved)
    if not comparison.settings.specs:
        raise InputError(f"No ranker of {options.saved} can be asked again here.")
    return comparison


def _ranked(options: argparse.Namespace, cancel: CancelSignal) -> Comparison | None:
    """The comparison of the documents of a file; None where no ranker gave a ranking, which is told."""
    from reranklab.data.text import clean_text
    from reranklab.engine.request import RunSettings, listed
    from reranklab.engine.run import compare
    from reranklab.explain.rescoring import position_of

    if options.query is None or options.documents is None:
        raise InputError("There is nothing to explain. Give --query and --documents, or --saved.")
    specs = chosen_specs(options)
    parsed = read_candidates(options)
    for named in filter(None, (options.document, options.against)):
        position_of(parsed.documents, named)
    request = listed(Query(text=clean_text(options.query)), parsed.documents, notes=parsed.notes)
    settings = RunSettings(specs=specs, device=options.device)
    comparison = compare(request, settings, cancel=cancel, progress=terminal_progress())
    for failure in comparison.failures:
        complain(f"{failure.ranker}: {failure.message}")
    return comparison if comparison.rankings else None


def _asked(options: argparse.Namespace) -> list[tuple[Analysis[Any], Mapping[str, str]]]:
    """The analyses to run with their parameters. Raises InputError for what does not exist."""
    from reranklab.explain.catalogue import find_analysis

    methods = list(dict.fromkeys(options.method or ([_WHAT_IF] if options.edit else [_DEFAULT])))
    if options.edit and _WHAT_IF not in methods:
        methods.append(_WHAT_IF)
    if options.against is not None and _COMPARE not in methods:
        methods.append(_COMPARE)
    analyses = [find_analysis(method) for method in methods]
    given = _parameters(options.parameter or [])
    for name in given:
        if not any(option.name == name for analysis in analyses for option in analysis.options):
            raise InputError(f"None of the methods {', '.join(methods)} has a parameter {name!r}. See --method {_LIST}.")
    own = {"unit": options.unit, "steps": str(options.steps), "edits": ",".join(options.edit or [])}
    values = own | given
    asked: list[tuple[Analysis[Any], Mapping[str, str]]] = []
    for analysis in analyses:
        names = [option.name for option in analysis.options]
        asked.append((analysis, {name: values[name] for name in names if name in values}))
        analysis.settings(asked[-1][1])
    if options.document is None:
        needing = [analysis.id for analysis in analyses if analysis.scope != "list"]
        if needing:
            raise InputError(f"No document is named for {', '.join(needing)}. Add --document ID.")
    return asked


def _parameters(texts: Sequence[str]) -> dict[str, str]:
    parameters = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--parameter {text} does not work. Write NAME=VALUE.")
        parameters[name.strip()] = value
    return parameters


def _subject(comparison: Comparison, options: argparse.Namespace) -> Subject:
    """With the first ranker's top document where none is named, and its neighbour beside it where no other is."""
    from reranklab.explain.subject import neighbour, subject_of

    order = [item.id for item in comparison.rankings[0].items]
    document = options.document or order[0]
    return subject_of(comparison, document, other=options.against or neighbour(order, document))


def _explain(
    subject: Subject,
    ranker: str,
    analysis: Analysis[Any],
    parameters: Mapping[str, str],
    options: argparse.Namespace,
    cancel: CancelSignal,
    progress: Progress | None,
) -> list[Finding[Any]]:
    """The findings of one analysis for one ranker, an attribution followed by its test where that was asked for."""
    from reranklab.explain.analyse import analyse
    from reranklab.explain.analyses.faithfulness import ANALYSIS as FAITHFULNESS
    from reranklab.explain.analyses.faithfulness import tested

    findings = [analyse(analysis, subject, ranker, parameters, cancel=cancel, progress=progress)]
    if options.faithfulness and analysis.record_key == "attribution":
        findings.append(analyse(FAITHFULNESS, subject, ranker, tested(findings[0]), cancel=cancel, progress=progress))
    for finding in findings:
        _check(subject, finding, options)
    return findings


def _check(subject: Subject, finding: Finding[Any], options: argparse.Namespace) -> None:
    """Raise RerankLabError where an analysis cannot say what it found, before anything of the others is written."""
    from reranklab.engine.boundary import contained

    with contained(f"The answer of {finding.analysis.title}"):
        if options.format == "json":
            json.dumps(finding.analysis.record(finding.result), allow_nan=False)
        else:
            finding.analysis.table(subject, finding)
            finding.analysis.words(subject, finding)


def _write(subject: Subject, findings: Sequence[Finding[Any]], options: argparse.Namespace) -> None:
    from reranklab.explain.record import explanations_record

    if options.format == "json":
        write_json(explanations_record(subject, findings))
        return
    for finding in findings:
        ranking = subject.ranking(finding.ranker)
        item = subject.item(ranking)
        score = "no score" if ranking.scale == RANK_ONLY else f"{ranking.scale.name} {item.score:.4g}"
        write_line(f"{finding.ranker}: rank {item.rank} of {len(ranking.items)}, {score}, {finding.analysis.title}")
        table = finding.analysis.table(subject, finding)
        if table is not None and table.rows:
            write_table(table.header, [["" if cell is None else cell for cell in row] for row in table.rows])
        for line in finding.analysis.words(subject, finding):
            write_line(line)
        write_line()


class _Methods(argparse.Action):
    """Collects methods; "list" prints what there is and ends, as --help does."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None) -> None:
        if values == _LIST:
            _list_methods()
            parser.exit()
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), values])


def _list_methods() -> None:
    from reranklab.explain.catalogue import analyses, refusals

    for refusal in refusals():
        complain(refusal)
    for analysis in analyses().values():
        needs = f" Needs: {', '.join(sorted(analysis.needs))}." if analysis.needs else ""
        write_line(f"{analysis.id}: {analysis.title}. {analysis.summary}{needs}")
        for option in analysis.options:
            choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
            default = f" Default: {option.default}." if option.default else ""
            write_line(f"    {option.name}: {option.help}{choices}{default}")
