"""What the rankers of a run are called and how they are coloured, the same on pages, in figures and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reranklab.errors import InputError
from reranklab.rankers.registry import FAMILIES, Family, RankerSpec, parse_ranker_id

_UNKNOWN = 60
_VALUE = 40

_COLOURS = {"bm25": "#E69F00", "bi-encoder": "#56B4E9", "cross-encoder": "#009E73", "listwise-llm": "#CC79A7"}
_NO_COLOUR = "#8C8C8C"


def ranker_title(ranker_id: str) -> str:
    """The family's title, with the options that tell this ranker from the family's default.

    An id that no family here knows is its own title, cut in the middle to 60 characters.
    """
    known = _parsed(ranker_id)
    if known is None:
        return _cut(ranker_id, _UNKNOWN)
    spec, family = known
    options = {option.name: option for option in family.options}
    changed = [
        value if options[name].choices else f"{name}={_cut(value, _VALUE)}"
        for name, value in sorted(spec.options.items())
        if value != options[name].default
    ]
    return f"{family.title} ({', '.join(changed)})" if changed else family.title


def model_name(ranker_id: str) -> str:
    """The model without its owner; for a family without models what its options choose. Empty for an unknown id."""
    known = _parsed(ranker_id)
    if known is None:
        return ""
    spec, family = known
    if spec.hosted:
        return "chat endpoint"
    model = _model(spec, family)
    if model:
        return model.rstrip("/").rpartition("/")[2]
    return ", ".join(f"{spec.option(option.name)} {option.name}" for option in family.options if option.choices)


def ranker_titles(ranker_ids: Iterable[str]) -> dict[str, str]:
    """Ranker id to title, no two alike, for the rankers of one run.

    Rankers of the same title get their models' names, where these are the same too their owners, and then numbers.
    """
    titles = {ranker_id: ranker_title(ranker_id) for ranker_id in ranker_ids}
    titles = _with_more(titles, {ranker_id: model_name(ranker_id) for ranker_id in titles})
    titles = _with_more(titles, {ranker_id: _full_model(ranker_id) for ranker_id in titles})
    found: dict[str, str] = {}
    for ranker_id, title in titles.items():
        number = 1
        while title in found.values():
            number += 1
            title = f"{titles[ranker_id]} ({number})"
        found[ranker_id] = title
    return found


def ranker_colour(ranker_id: str) -> str:
    """The fixed colour of the ranker's family; grey for an unknown id."""
    known = _parsed(ranker_id)
    return _COLOURS.get(known[1].id, _NO_COLOUR) if known else _NO_COLOUR


def _parsed(ranker_id: str) -> tuple[RankerSpec, Family] | None:
    try:
        spec = parse_ranker_id(ranker_id)
    except InputError:
        return None
    return spec, FAMILIES[spec.family]


def _model(spec: RankerSpec, family: Family) -> str:
    return spec.model or family.default_model


def _full_model(ranker_id: str) -> str:
    known = _parsed(ranker_id)
    return _model(*known) if known else ""


def _with_more(titles: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """`titles`, where they are alike with what `more` says behind a colon."""
    counts = Counter(titles.values())
    return {
        ranker_id: f"{ranker_title(ranker_id)}: {more[ranker_id]}" if counts[title] > 1 and more[ranker_id] else title
        for ranker_id, title in titles.items()
    }


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"
