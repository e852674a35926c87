import pytest

from reranklab.rankers.catalogue import families, new_spec, parse_ranker_id
from reranklab.rankers.cost_class import CostClass, costliest
from tests.contract.command import printed_json, run_command


@pytest.mark.parametrize(
    ("ranker", "cost"),
    [
        ("bm25", CostClass.NO_MODEL),
        ("bi-encoder", CostClass.PER_DOCUMENT),
        ("bi-encoder?documents=indexed", CostClass.PER_QUERY),
        ("bi-encoder:embedded/wordllama-256", CostClass.LOOK_UPS),
        ("late-interaction", CostClass.PER_DOCUMENT),
        ("late-interaction?documents=indexed", CostClass.PER_QUERY),
        ("cross-encoder?tier=budgeted", CostClass.PER_DOCUMENT),
        ("listwise-llm", CostClass.PER_WINDOW),
        ("listwise-llm?method=permutation", CostClass.MANY_PASSES),
        ("listwise-llm?method=chat", CostClass.SERVICE),
        ("listwise-llm?method=pointwise", CostClass.PER_DOCUMENT),
        ("listwise-llm?method=setwise", CostClass.MANY_PASSES),
        ("listwise-llm?compute=endpoint&method=pairwise", CostClass.MANY_CALLS),
        ("votes(cross-encoder)", CostClass.PER_DOCUMENT),
        ("votes(listwise-llm)", CostClass.MANY_PASSES),
        ("votes(listwise-llm?method=chat)", CostClass.MANY_CALLS),
        ("listwise-llm:jinaai/jina-reranker-v3", CostClass.PER_LIST),
        ("chunked(cross-encoder)", CostClass.PER_PASSAGE),
        ("chunked(bm25)", CostClass.NO_MODEL),
        ("sparse?documents=indexed", CostClass.PER_QUERY),
        ("hosted:cohere/rerank-v3.5", CostClass.SERVICE),
        ("cascade(bm25,cross-encoder)", CostClass.PER_DOCUMENT),
        ("cascade(bm25,listwise-llm?method=chat)", CostClass.SERVICE),
        ("hybrid(bm25,bi-encoder?documents=indexed)", CostClass.PER_QUERY),
        ("mmr(bm25)", CostClass.NO_MODEL),
    ],
)
def test_what_a_list_costs(ranker, cost):
    assert parse_ranker_id(ranker).cost == cost


def test_every_family_tells():
    assert [family.id for family in families().values() if new_spec(family).cost == CostClass.UNTOLD] == []


def test_the_costliest_decides():
    assert costliest([CostClass.PER_DOCUMENT, CostClass.NO_MODEL, CostClass.PER_QUERY]) == CostClass.PER_DOCUMENT


def test_the_command_lists_the_families():
    status, out, err = run_command("rankers", "families")
    assert status == 0, err
    assert [line.split()[0] for line in out.splitlines()[1:]] == [new_spec(family).id for family in families().values()]
    assert "no model" in out.splitlines()[1]
    (first, *_) = printed_json("rankers", "families")["families"]
    assert (first["id"], first["cost"], first["missing"]) == ("bm25", "no model", [])
