"""Ranker ids: read, checked, written in one canonical form, and turned into rankers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.engine.build import build_ranker
from reranklab.errors import DeviceError, InputError, ModelRefusedError
from reranklab.rankers.catalogue import families, new_spec, parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.services.endpoint import Endpoint


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("bm25", "bm25"),
        (" bm25 ", "bm25"),
        ("bm25?k1=1.2", "bm25"),
        ("bm25?variant=plus&b=0.4", "bm25?b=0.4&variant=plus"),
        ("cross-encoder:BAAI/bge-reranker-v2-m3", "cross-encoder:BAAI/bge-reranker-v2-m3"),
        ("cross-encoder:embedded/ms-marco-MiniLM-L12-v2?precision=int8", "cross-encoder?precision=int8"),
        ("cross-encoder?instruction=find%20%26%20rank", "cross-encoder?instruction=find%20%26%20rank"),
        ("bi-encoder?documents=indexed", "bi-encoder?documents=indexed"),
        ("listwise-llm?method=permutation&step=10&window=4", "listwise-llm?method=permutation&window=4"),
        ("listwise-llm:Qwen/Qwen3-0.6B?heads=all", "listwise-llm:Qwen/Qwen3-0.6B?heads=all"),
        ("chunked", "chunked(cross-encoder)"),
        (
            "chunked(cross-encoder?precision=int8&batch_tokens=1)?words=64",
            "chunked(cross-encoder?batch_tokens=1&precision=int8)?words=64",
        ),
        ("chunked(chunked(bm25?k1=2)?merge=mean)", "chunked(chunked(bm25?k1=2)?merge=mean)"),
        ("cross-encoder?instruction=(a,b)", "cross-encoder?instruction=%28a%2Cb%29"),
    ],
)
def test_one_canonical_form(text: str, canonical: str) -> None:
    spec = parse_ranker_id(text)
    assert spec.id == canonical
    assert parse_ranker_id(spec.id).id == canonical


@pytest.mark.parametrize("family", families().values(), ids=lambda family: family.id)
def test_every_option_has_a_default_that_it_accepts_and_words_for_it(family) -> None:  # type: ignore[no-untyped-def]
    base = new_spec(family).id
    assert parse_ranker_id(family.id).id == parse_ranker_id(base).id == base
    for option in family.options:
        assert option.help
        assert not option.choices or option.default in option.choices
        assert parse_ranker_id(f"{family.id}?{option.name}={option.default}").id == base
        for choice in option.choices:
            assert parse_ranker_id(f"{family.id}?{option.name}={choice}").option(option.name) == choice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no ranker ''"),
        ("colbert", "Choose one of: bm25, bi-encoder, "),
        ("chunked(bm25,bi-encoder)", "chunked holds 1 other rankers, not 2"),
        ("bm25(bi-encoder)", "bm25 holds no other rankers, not 1"),
        ("chunked(bm25", "brackets of"),
        ("chunked(bm25)k", "brackets of"),
        ("chunked(nothing)", "There is no ranker 'nothing'"),
        ("bm25:some/model", "bm25 has no model to choose"),
        ("bm25?depth=3", "It has: variant, k1, b, analyser"),
        ("bm25?variant=best", "Choose one of: lucene, okapi, plus, l"),
        ("bm25?&", "cannot be read"),
        ("cross-encoder?precision=", "precision= does not exist"),
    ],
)
def test_what_is_wrong_is_named_with_what_exists(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_ranker_id(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", ["1", "21", "-5", "4.5", "many", "", "٤"])
def test_whole_numbers_in_range(value: str) -> None:
    with pytest.raises(InputError, match=r"Give a whole number from 2 to 20"):
        parse_ranker_id("listwise-llm").with_options(window=value).integer("window", low=2, high=20)


def test_a_ranker_is_built_on_a_device_that_exists() -> None:
    with pytest.raises(DeviceError, match="There is no device 'tpu'"):
        build_ranker("bm25", device="tpu")


def test_a_model_of_another_family_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="is a cross-encoder, not a bi-encoder"):
        build_ranker("bi-encoder:BAAI/bge-reranker-v2-m3")


def test_fitted_heads_exist_for_the_default_model_only() -> None:
    with pytest.raises(ModelRefusedError, match="no fitted head weights for Qwen"):
        build_ranker("listwise-llm:Qwen/Qwen3-0.6B?heads=fitted")
    assert build_ranker("listwise-llm:Qwen/Qwen3-0.6B").id == "listwise-llm:Qwen/Qwen3-0.6B"


def test_a_chat_ranker_needs_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RERANKLAB_LLM_URL", "RERANKLAB_LLM_KEY", "RERANKLAB_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="RERANKLAB_LLM_URL"):
        build_ranker("listwise-llm?method=chat")
    endpoint = Endpoint(url="http://127.0.0.1:1/v1", model="tiny")
    assert build_ranker("listwise-llm?method=chat", endpoints=(endpoint,)).id == "listwise-llm?method=chat"
    monkeypatch.setenv("RERANKLAB_LLM_URL", "http://127.0.0.1:1/v1")
    assert build_ranker("listwise-llm:named?method=chat").id == "listwise-llm:named?method=chat"


def test_the_step_is_never_wider_than_the_window() -> None:
    with pytest.raises(InputError, match="window=1"):
        build_ranker("listwise-llm?window=1&heads=all")
    assert build_ranker("listwise-llm?window=4&step=20&heads=all").id == "listwise-llm?heads=all&step=20&window=4"


NAMES = st.text("abcXYZ019._- ()?&,%=+:/é", min_size=1, max_size=12).map(str.strip).filter(bool)


def specs(depth: int = 2) -> st.SearchStrategy[RankerSpec]:
    """Rankers with any model name and instruction, alone or inside of others."""
    plain = st.builds(
        lambda model, instruction: RankerSpec(
            family=families()["cross-encoder"], model=model, options={"instruction": instruction} if instruction else {}
        ),
        st.just("") | NAMES.filter(lambda name: not name.startswith(":")),
        st.just("") | NAMES,
    )
    if not depth:
        return plain
    return plain | st.builds(
        lambda inside, merge: RankerSpec(family=families()["chunked"], options={"merge": merge}, stages=(inside,)),
        specs(depth - 1),
        st.sampled_from(("max", "mean")),
    )


@given(specs())
def test_whatever_a_spec_holds_comes_back_from_its_id(spec: RankerSpec) -> None:
    again = parse_ranker_id(spec.id)
    assert again.id == spec.id
    while spec.stages:
        assert again.option("merge") == spec.option("merge")
        (spec,), (again,) = spec.stages, again.stages
    assert (again.model, again.option("instruction")) == (spec.model, spec.option("instruction"))
