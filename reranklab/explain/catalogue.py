"""The analyses that exist.

The project's own are the modules of MODULES, in the order in which they are shown. Another package adds one with an entry
point of the group `reranklab.analyses` that names an Analysis.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from reranklab.errors import InputError
from reranklab.explain.analysis import Analysis
from reranklab.explain.sections import Section

MODULES = (
    "reranklab.explain.analyses.ranks",
    "reranklab.explain.analyses.cut",
    "reranklab.explain.analyses.leave_one_out",
    "reranklab.explain.analyses.integrated_gradients",
    "reranklab.explain.analyses.terms",
    "reranklab.explain.analyses.faithfulness",
    "reranklab.explain.analyses.token_matches",
    "reranklab.explain.analyses.expansion",
    "reranklab.explain.analyses.attention_heads",
    "reranklab.explain.analyses.attention_map",
    "reranklab.explain.analyses.word_similarity",
    "reranklab.explain.analyses.passage_attention",
    "reranklab.explain.analyses.compare",
    "reranklab.explain.analyses.what_if",
    "reranklab.explain.analyses.scores",
    "reranklab.explain.analyses.other_settings",
    "reranklab.explain.analyses.stability",
)
GROUP = "reranklab.analyses"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The analyses by id, and why an entry point of another package gives none: name of the entry point to a sentence."""

    analyses: Mapping[str, Analysis[Any]]
    refusals: Mapping[str, str]


@cache
def discover() -> Discovery:
    """The project's own analyses, then those of other packages in the order of their entry points' names.

    An entry point that cannot be loaded, is no Analysis, or takes an id that is taken costs no other analysis anything.
    """
    own = (import_module(name).ANALYSIS for name in MODULES)
    by_id: dict[str, Analysis[Any]] = {analysis.id: analysis for analysis in own}
    refusals: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            analysis = _load(point)
            if analysis.id in by_id:
                raise InputError(f"its id {analysis.id!r} is taken")
        except InputError as error:
            refusals[point.name] = f"The analysis {point.name!r} of another package is left out: {error}. Remove or mend it."
            continue
        by_id[analysis.id] = analysis
    return Discovery(analyses=by_id, refusals=refusals)


def analyses() -> Mapping[str, Analysis[Any]]:
    """Every analysis by id."""
    return discover().analyses


def refusals() -> tuple[str, ...]:
    """What is wrong with analyses of other packages, a sentence each."""
    return tuple(discover().refusals.values())


def find_analysis(analysis_id: str) -> Analysis[Any]:
    """Raises InputError, naming what exists or why it is left out, for an unknown id."""
    analysis = analyses().get(analysis_id)
    if analysis is None:
        refused = discover().refusals.get(analysis_id, "")
        raise InputError(refused or f"There is no analysis {analysis_id!r}. Choose one of: {', '.join(analyses())}.")
    return analysis


def sections() -> Mapping[Section, tuple[Analysis[Any], ...]]:
    """The sections in the order of their first analysis, each with its analyses."""
    by_section: dict[Section, list[Analysis[Any]]] = {}
    for analysis in analyses().values():
        by_section.setdefault(analysis.own_section, []).append(analysis)
    return {section: tuple(members) for section, members in by_section.items()}


def _load(point: EntryPoint) -> Analysis[Any]:
    try:
        analysis = point.load()
    except Exception as error:
        _logger.exception("The entry point %s of %s cannot be loaded", point.name, GROUP)
        raise InputError(f"it cannot be loaded ({type(error).__name__}: {error})") from error
    if not isinstance(analysis, Analysis):
        raise InputError("it is no Analysis")
    return analysis
