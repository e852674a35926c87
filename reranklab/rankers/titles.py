"""What the rankers of a run are called, the same on pages, in figures and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reranklab.errors import InputError
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec

_UNKNOWN = 60
_VALUE = 40


def ranker_title(ranker_id: str) -> str:
    """The family's title, with the options that tell this ranker from the family's default, and the titles of its stages.

    An id that no family here knows is its own title, cut in the middle to 60 characters.
    """
    spec = _parsed(ranker_id)
    if spec is None:
        return _cut(ranker_id, _UNKNOWN)
    changed = []
    for name, value in sorted(spec.options.items()):
        option = spec.family.option(name)
        if value != option.default:
            changed.append(value if option.choices else f"{name}={_cut(value, _VALUE)}")
    inside = [ranker_title(stage.id) for stage in spec.stages]
    return f"{spec.family.title} ({', '.join([*inside, *changed])})" if inside or changed else spec.family.title


def model_name(ranker_id: str) -> str:
    """The model without its owner, or what else the family says of the ranker. Empty for an unknown id."""
    spec = _parsed(ranker_id)
    return spec.family.describe(spec) if spec else ""


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


def _parsed(ranker_id: str) -> RankerSpec | None:
    try:
        return parse_ranker_id(ranker_id)
    except InputError:
        return None


def _full_model(ranker_id: str) -> str:
    spec = _parsed(ranker_id)
    return (spec.model or spec.family.default_model) if spec else ""


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
