"""Operations by hand, and peaks and shares that come from runs."""

from __future__ import annotations

import pytest
from torch.utils.flop_counter import FlopCounterMode

from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.latency.lists import QUERY, TimedList, made_lists
from reranklab.latency.operations import Shape
from reranklab.latency.roof import Peak, Roof, measure_roof, shape_of
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document
from tests.contract.command import printed_json


def test_operations_by_hand() -> None:
    """One layer, states of 2, inner 3, 5 tokens: 4 products of 2x2 and 2 of 2x3 a token, and twice 25 pairs of length 2."""
    shape = Shape(layers=1, size=2, inner=3)
    assert shape.operations([5]) == 2 * 5 * (4 * 4 + 2 * 6) + 2 * 2 * 25 * 2
    assert shape.operations([5, 5]) == 2 * shape.operations([5])


@pytest.mark.usefixtures("weights")
def test_operations_are_those_that_torch_counts() -> None:
    import torch

    spec = parse_ranker_id("cross-encoder?precision=fp32")
    ranker = build_ranker(spec)
    ranker.load()
    network = ranker.reference.get().network  # type: ignore[attr-defined]
    network.set_attn_implementation("eager")
    try:
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network(input_ids=torch.ones((1, 100), dtype=torch.long))
    finally:
        network.set_attn_implementation("sdpa")
    assert shape_of(spec).operations([100]) == pytest.approx(counter.get_total_flops(), rel=0.01)


@pytest.mark.usefixtures("weights")
def test_a_ranker_under_its_roof() -> None:
    ranker = build_ranker("cross-encoder")
    (timed,) = made_lists(ranker, candidates=[3], tokens=[32])
    roof = measure_roof(ranker, shape_of(ranker.spec), timed)
    assert {"torch", "numpy", "onnxruntime", "openvino"} <= {peak.library for peak in roof.peaks if peak.precision == "fp32"}
    assert all(peak.gigaflops > 0 for peak in roof.peaks)
    assert roof.best is not None and roof.best.precision == "fp32"
    assert roof.share == pytest.approx(roof.gigaflops / roof.best.gigaflops)
    assert 3 * 32 < roof.tokens < 3 * 64


def test_the_best_peak_is_of_the_rankers_precision() -> None:
    peaks = (
        Peak(library="a", precision="fp32", gigaflops=200),
        Peak(library="b", precision="fp32", gigaflops=220),
        Peak(library="a", precision="int8", gigaflops=900),
    )
    roof = Roof(ranker="r", precision="int8+bf16", candidates=1, tokens=1, ms=1, gigaflops=450, peaks=peaks)
    assert (roof.best, roof.share) == (peaks[2], 0.5)
    none = Roof(ranker="r", precision="fp16", candidates=1, tokens=1, ms=1, gigaflops=450, peaks=peaks)
    assert (none.best, none.share) == (None, None)


@pytest.mark.parametrize("ranker", ["bm25", "chunked(cross-encoder)", "cross-encoder?tier=budgeted", "listwise-llm"])
def test_what_is_not_counted(ranker: str) -> None:
    with pytest.raises(InputError, match="not counted"):
        shape_of(parse_ranker_id(ranker))


@pytest.mark.usefixtures("weights")
def test_the_command() -> None:
    (found,) = printed_json("latency", "--ranker", "cross-encoder", "roof", "--documents", "2", "--length", "16")["rankers"]
    assert found["ranker"] == "cross-encoder" and found["share"] > 0 and found["best"]["precision"] == "fp32"
    assert 0 <= found["padding"] < 0.5 and found["dataset"] == ""


@pytest.mark.usefixtures("weights")
def test_the_documents_of_a_collection() -> None:
    (found,) = printed_json("latency", "--ranker", "cross-encoder?precision=int8", "--dataset", "web-questions", "roof")[
        "rankers"
    ]
    assert found["dataset"] == "web-questions" and found["padding"] == 0 and 1 <= found["candidates"] <= 32


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(("options", "computed"), [("?precision=int8", None), ("?precision=fp32", 3), ("", 16)])
def test_padding_is_counted_in_the_rankers_own_batches(options: str, computed: int | None) -> None:
    """int8 reads each pair as long as it is; torch in one batch as long as the longest; an engine pads to a multiple of 16."""
    ranker = build_ranker(f"cross-encoder{options}")
    timed = TimedList(query=QUERY, documents=tuple(Document(id=f"d{n}", text="word " * n) for n in (5, 21, 60)))
    roof = measure_roof(ranker, shape_of(ranker.spec), timed)
    frame = round((roof.tokens - 86) / 3)
    lengths = [frame + words for words in (5, 21, 60)]
    padded = {None: lengths, 3: [max(lengths)] * 3, 16: [-(-length // 16) * 16 for length in lengths]}[computed]
    assert roof.padding == pytest.approx(1 - sum(lengths) / sum(padded))
    assert (roof.padding == 0) == (computed is None)


def test_a_ranker_that_counts_no_batches_has_no_padding() -> None:
    roof = Roof(ranker="r", precision="fp16", candidates=1, tokens=1, ms=1, gigaflops=450, peaks=())
    assert roof.padding is None
