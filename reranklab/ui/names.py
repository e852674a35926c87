"""Names, times and colours as the pages show them."""

from __future__ import annotations

from datetime import datetime

from reranklab.plots.palette import family_colour as colour_of_family
from reranklab.rankers.registry import FAMILIES, parse_ranker_id
from reranklab.types import Timing


def title(ranker: str) -> str:
    """The family's title, with the options that tell this ranker from the family's default."""
    spec = parse_ranker_id(ranker)
    family = FAMILIES[spec.family]
    named = {option.name: option for option in family.options}
    changed = [
        value if named[name].choices else f"{name}={value}"
        for name, value in sorted(spec.options.items())
        if value != named[name].default
    ]
    return f"{family.title} ({', '.join(changed)})" if changed else family.title


def model_name(ranker: str) -> str:
    """The model without its owner; for BM25 its formula and how it splits text into terms."""
    spec = parse_ranker_id(ranker)
    if spec.family == "bm25":
        return f"{spec.option('variant')} formula, {spec.option('analyser')} terms"
    if spec.hosted:
        return "chat endpoint"
    return (spec.model or FAMILIES[spec.family].default_model).rstrip("/").rpartition("/")[2]


def family_colour(ranker: str) -> str:
    return colour_of_family(parse_ranker_id(ranker).family)


def milliseconds(value: float) -> str:
    """A time with two or three digits that matter."""
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def measured(timing: Timing) -> str:
    """When and where a cached result was measured."""
    moment = datetime.fromisoformat(timing.measured_at).strftime("%Y-%m-%d %H:%M UTC")
    return f"cached, measured {moment} on {timing.device_name}, {timing.host}"


def timing_help(timing: Timing) -> str:
    """The median with its spread, in a sentence."""
    if len(timing.runs) == 1:
        return f"1 run after warm-up, {timing.device_name}"
    return f"median of {len(timing.runs)} runs, p95 {milliseconds(timing.p95())}, {timing.device_name}"
