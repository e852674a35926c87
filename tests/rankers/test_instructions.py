"""Which rankers take an instruction, and how one is set on a spec and on the rankers inside of it."""

import pytest

from reranklab.models.catalogue import list_models
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.rankers.instructions import instructed, own_instruction, steered, takes_instruction

QWEN = "cross-encoder:Qwen/Qwen3-Reranker-0.6B"


def test_the_models_that_were_trained_on_instructions_take_one():
    taking = {entry.id for entry in list_models() if entry.instructable}
    assert taking == {
        "Qwen/Qwen3-Reranker-0.6B",
        "mixedbread-ai/mxbai-rerank-base-v2",
        "mixedbread-ai/mxbai-rerank-large-v2",
        "zeroentropy/zerank-2",
    }
    for entry in list_models():
        if entry.kind in ("cross-encoder", "causal-reranker"):
            assert parse_ranker_id(f"cross-encoder:{entry.id}").can(Capability.INSTRUCTION) == entry.instructable


@pytest.mark.parametrize(
    ("ranker", "takes"),
    [
        ("listwise-llm", True),
        ("listwise-llm?method=chat", True),
        ("listwise-llm?method=setwise&compute=endpoint", True),
        ("listwise-llm?method=pointwise&relevance=yes-no", True),
        ("listwise-llm?method=pointwise", False),
        ("listwise-llm:jinaai/jina-reranker-v3", False),
    ],
)
def test_a_language_model_takes_one_wherever_it_reads_our_prompt(ranker: str, takes: bool):
    assert takes_instruction(parse_ranker_id(ranker)) == takes


@pytest.mark.parametrize(
    ("ranker", "told"),
    [
        (QWEN, f"{QWEN}?instruction=for%20children"),
        (f"{QWEN}?instruction=old&tier=fast", f"{QWEN}?instruction=for%20children&tier=fast"),
        (f"cascade(bm25,{QWEN})?keep=5", f"cascade(bm25,{QWEN}?instruction=for%20children)?keep=5"),
        (f"chunked({QWEN})", f"chunked({QWEN}?instruction=for%20children)"),
        ("bm25", "bm25"),
        ("cross-encoder", "cross-encoder"),
    ],
)
def test_an_instruction_reaches_the_ranker_that_takes_it(ranker: str, told: str):
    spec = parse_ranker_id(ranker)
    found = instructed(spec, "for children")
    assert found.id == told and parse_ranker_id(told).id == told
    assert takes_instruction(spec) == (ranker != told)
    assert own_instruction(found) == ("for children" if ranker != told else "")
    assert own_instruction(instructed(found, "")) == ""


def test_the_columns_of_a_comparison_stand_beside_each_other():
    specs = [parse_ranker_id(each) for each in ("bm25", QWEN, f"{QWEN}?instruction=own&tier=fast")]
    assert [spec.id for spec in steered(specs, ["", "x"])] == [
        "bm25",
        QWEN,
        f"{QWEN}?instruction=x",
        f"{QWEN}?instruction=own&tier=fast",
    ]
    assert [spec.id for spec in steered(specs, [])] == [spec.id for spec in specs]
    assert [spec.id for spec in steered(specs, ["y", "y"])][1] == f"{QWEN}?instruction=y"
