"""Ranking by a language model: many candidates in one prompt, few, two or one; on this machine or at a chat endpoint."""

from __future__ import annotations

from reranklab.extras import LLM, MODELS, Extra
from reranklab.models.loaded import Kind
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.estimate import Estimate, Workload, prompts
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.rankers.generative.methods.catalogue import (
    OPTIONS,
    at_endpoint,
    by_query_likelihood,
    method_estimate,
    method_of,
    window_plan,
)
from reranklab.rankers.generative.methods.pairwise import WINS
from reranklab.rankers.generative.methods.pointwise import LIKELIHOOD
from reranklab.rankers.generative.methods.tournament import POINTS
from reranklab.rankers.generative.models import load_custom_code, load_watched_causal
from reranklab.rankers.instructions import INSTRUCTION
from reranklab.rankers.reference import PRECISION_HELP, REMOTE_CODE, in_float32, model_entry, other_precisions, refer
from reranklab.services.endpoint import find_endpoint
from reranklab.services.service import CHAT_ID
from reranklab.types import ATTENTION, COSINE, LOG_ODDS, RANK_ONLY, TOKEN_LOGIT

_WINDOWED = ("attention", "first-token", "permutation", "chat")


def _runs_custom_code(spec: RankerSpec) -> bool:
    return model_entry(spec).kind == "listwise-custom"


def _build(spec: RankerSpec, context: BuildContext) -> Ranker:
    """Local, with the model's own code, or behind a chat endpoint."""
    if at_endpoint(spec):
        from reranklab.rankers.generative.chat import ListwiseChatRanker

        words = window_plan(spec).passage_tokens
        method_of(spec)  # before the endpoint is asked for, so that what cannot work is said first
        endpoint = find_endpoint(context.endpoints, CHAT_ID, model=spec.model)
        return ListwiseChatRanker(spec, endpoint=endpoint, passage_words=words)
    if _runs_custom_code(spec):
        from reranklab.rankers.generative.custom import CustomCodeRanker

        return CustomCodeRanker(spec, refer(spec, device=context.device))
    from reranklab.rankers.generative.local import LocalListwiseRanker

    return LocalListwiseRanker(spec, context)


def _capabilities(spec: RankerSpec) -> Capabilities:
    found = {Capability.DEFAULT, Capability.TRUNCATES}
    if not at_endpoint(spec) and _runs_custom_code(spec):
        return frozenset(found)
    if spec.option("method") in _WINDOWED:
        found.add(Capability.WINDOWED)
    if spec.option("method") == "pointwise":
        found |= {Capability.POINTWISE, Capability.ORDER_FREE}
    if spec.option("method") == "pairwise" and spec.option("sort") == "all" and spec.option("orders") != "one":
        found.add(Capability.ORDER_FREE)
    if not by_query_likelihood(spec):
        found.add(Capability.INSTRUCTION)
    if at_endpoint(spec):
        return frozenset(found | {Capability.HOSTED, Capability.ENDPOINT})
    return frozenset(found | {Capability.TOKENIZER, Capability.PASSAGE_ATTENTION})


def _needs(spec: RankerSpec) -> Extra:
    return LLM if at_endpoint(spec) else MODELS


def _describe(spec: RankerSpec) -> str:
    if at_endpoint(spec):
        return "chat endpoint"
    return (spec.model or FAMILY.default_model).rstrip("/").rpartition("/")[2]


def _service(spec: RankerSpec) -> str:
    return CHAT_ID if at_endpoint(spec) else ""


def _cost(spec: RankerSpec) -> CostClass:
    """An attention or a first answer token takes a pass or two for each window, a written answer one for each token."""
    method = spec.option("method")
    if at_endpoint(spec):
        return CostClass.SERVICE if method == "chat" else CostClass.MANY_CALLS
    if _runs_custom_code(spec):
        return CostClass.PER_LIST
    if method == "pointwise":
        return CostClass.PER_DOCUMENT
    return CostClass.PER_WINDOW if method in ("attention", "first-token") else CostClass.MANY_PASSES


def _settings(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    return () if at_endpoint(spec) else other_precisions(spec, device)


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    if not at_endpoint(spec) and _runs_custom_code(spec):
        return prompts(load, calls=1, passages=load.documents)
    return method_estimate(spec, load)


FAMILY = Family(
    id="listwise-llm",
    title="Listwise LLM",
    summary="A language model that sees many candidates in one prompt, or few at a time, and compares them.",
    colour="#CC79A7",
    capabilities=_capabilities,
    build=_build,
    scales=(ATTENTION, TOKEN_LOGIT, RANK_ONLY, COSINE, LOG_ODDS, LIKELIHOOD, WINS, POINTS),
    options=(
        *OPTIONS,
        Option(
            name="heads",
            default="fitted",
            choices=("fitted", "all"),
            only={"method": ("attention",)},
            help="fitted: weights for each head, shipped for the default model. all: plain sum.",
        ),
        Option(
            name="window",
            default="20",
            only={"method": (*_WINDOWED, "setwise", "tourrank")},
            help="Passages in one prompt. 2 to 20.",
        ),
        Option(
            name="step", default="10", only={"method": _WINDOWED}, help="How far the window moves up the list. 1 to window."
        ),
        Option(name="passage_tokens", default="256", help="Tokens of each passage that enter the prompt. 8 to 4096."),
        Option(
            name=INSTRUCTION,
            default="",
            help="What counts as an answer, behind the query in every prompt. Not for the likelihood of a query, nor for "
            "models that bring their own code.",
        ),
        Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=PRECISION_HELP),
        REMOTE_CODE,
    ),
    kinds={
        "causal-lm": Kind(description="an instruct language model used listwise", load=load_watched_causal),
        "listwise-custom": Kind(
            description="a listwise reranker that brings its own code, which runs here", load=load_custom_code
        ),
    },
    default_model="embedded/SmolLM2-135M-Instruct",
    cost=_cost,
    needs=_needs,
    describe=_describe,
    service=_service,
    settings=_settings,
    estimate=_estimate,
    reference=in_float32,
)
