"""The methods by name, and the options that set them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from reranklab.errors import InputError
from reranklab.llm.prompts import LETTERS
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.estimate import Estimate, Workload, prompts
from reranklab.rankers.family import Option, RankerSpec
from reranklab.rankers.generative.methods.method import Method
from reranklab.rankers.generative.methods.pairwise import Orders, Pairwise, Sort
from reranklab.rankers.generative.methods.pointwise import Pointwise
from reranklab.rankers.generative.methods.setwise import Setwise
from reranklab.rankers.generative.methods.tournament import Tournament
from reranklab.rankers.generative.methods.windows import Windows
from reranklab.rankers.generative.windowed import WindowPlan
from reranklab.types import ATTENTION, TOKEN_LOGIT

_MOST_TOGETHER = len(LETTERS)
_MOST_ROUNDS = 100
_HERE_ALONE = ("attention", "first-token", "permutation")

OPTIONS = (
    Option(
        name="method",
        default="attention",
        choices=("attention", "first-token", "permutation", "pointwise", "setwise", "pairwise", "tourrank", "chat"),
        help="attention: calibrated attention from the query to each passage. first-token: logits of the first answer token. "
        "permutation: a generated order, made to be valid. pointwise: each passage by itself. setwise: the best of a few, in a "
        "heap sort. pairwise: two at a time. tourrank: tournaments in groups. chat: an order by an OpenAI-compatible endpoint.",
    ),
    Option(
        name="compute",
        default="here",
        choices=("here", "endpoint"),
        only={"method": ("pointwise", "setwise", "pairwise", "tourrank")},
        help="Who answers for pointwise (yes-no), setwise, pairwise and tourrank: a model on this machine by its likelihoods, "
        "or an OpenAI-compatible endpoint in words. chat is always the endpoint.",
    ),
    Option(
        name="relevance",
        default="query-likelihood",
        choices=("query-likelihood", "yes-no"),
        only={"method": ("pointwise",)},
        help="query-likelihood: of the query, as what the passage answers. yes-no: log odds of Yes.",
    ),
    Option(
        name="sort",
        default="heap",
        choices=("heap", "sliding", "all"),
        only={"method": ("pairwise",)},
        help="heap and sliding sort the first `top`, all compares every two documents.",
    ),
    Option(
        name="top",
        default="10",
        only={"method": ("setwise", "pairwise")},
        help=f"How many are sorted to the top. 1 to {MAX_CANDIDATES}.",
    ),
    Option(
        name="orders",
        default="both",
        choices=("both", "added", "one"),
        only={"method": ("setwise", "pairwise")},
        help="both: each question is asked in two orders of its passages, which cancels a preference for "
        "a place; pairwise takes a disagreement as half a win each. added: it adds up likelihoods. one: half the calls.",
    ),
    Option(
        name="rounds", default="3", only={"method": ("tourrank",)}, help=f"Tournaments that are added up. 1 to {_MOST_ROUNDS}."
    ),
)


def method_of(spec: RankerSpec) -> Method:
    """The method that a spec asks for. Raises InputError for an option that does not work, or a method that no endpoint can
    answer."""
    name = spec.option("method")
    if spec.option("compute") == "endpoint":
        _check_endpoint(spec, name)
    return _METHODS[name](spec)


def at_endpoint(spec: RankerSpec) -> bool:
    """Whether an endpoint answers."""
    return spec.option("method") == "chat" or spec.option("compute") == "endpoint"


def by_query_likelihood(spec: RankerSpec) -> bool:
    """Whether the query is what the model answers with: it is told nothing else then."""
    return spec.option("method") == "pointwise" and spec.option("relevance") == "query-likelihood"


def window_plan(spec: RankerSpec) -> WindowPlan:
    """The windows that a spec asks for. Raises InputError for a number out of range."""
    size = _together(spec)
    return WindowPlan(
        size=size,
        step=min(spec.integer("step", low=1, high=_MOST_TOGETHER), size),
        passage_tokens=spec.integer("passage_tokens", low=8, high=4096),
    )


def method_estimate(spec: RankerSpec, load: Workload) -> Estimate:
    """Answers are written by an endpoint alone, and where an order is generated."""
    asked = method_of(spec).asked(load.documents)
    written = at_endpoint(spec) or spec.option("method") == "permutation"
    return prompts(
        load,
        calls=asked.calls,
        passages=asked.passages,
        most=window_plan(spec).passage_tokens,
        answers=asked.answers if written else 0,
        exact=asked.exact,
    )


def _check_endpoint(spec: RankerSpec, name: str) -> None:
    if name in _HERE_ALONE:
        raise InputError(
            f"{name} reads a model's inside, so it needs one on this machine. At an endpoint take method=chat, setwise, "
            "pairwise, tourrank, or pointwise with relevance=yes-no."
        )
    if by_query_likelihood(spec):
        raise InputError(
            "An endpoint does not tell the likelihood of a query. Take relevance=yes-no, or a model on this machine."
        )


def _together(spec: RankerSpec) -> int:
    return spec.integer("window", low=2, high=_MOST_TOGETHER)


def _top(spec: RankerSpec) -> int:
    return spec.integer("top", low=1, high=MAX_CANDIDATES)


def _orders(spec: RankerSpec) -> Orders:
    return cast(Orders, spec.option("orders"))


_METHODS: Mapping[str, Callable[[RankerSpec], Method]] = {
    "attention": lambda spec: Windows(prompt="attention", plan=window_plan(spec), scale=ATTENTION),
    "first-token": lambda spec: Windows(prompt="first-token", plan=window_plan(spec), scale=TOKEN_LOGIT),
    "permutation": lambda spec: Windows(prompt="permutation", plan=window_plan(spec), written=True),
    "chat": lambda spec: Windows(prompt="chat", plan=window_plan(spec), written=True),
    "pointwise": lambda spec: Pointwise(by_query=by_query_likelihood(spec)),
    "setwise": lambda spec: Setwise(together=_together(spec), top=_top(spec), both=spec.option("orders") != "one"),
    "pairwise": lambda spec: Pairwise(sort=cast(Sort, spec.option("sort")), top=_top(spec), orders=_orders(spec)),
    "tourrank": lambda spec: Tournament(together=_together(spec), rounds=spec.integer("rounds", low=1, high=_MOST_ROUNDS)),
}
