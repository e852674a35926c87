"""A model that does not fit fails as one ranker, with words for it, and leaves the device free for the next."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelError
from reranklab.models.device import device_lock
from reranklab.models.pool import ModelPool
from reranklab.types import Document, Query
from tests.models.tiny import tiny_causal, tiny_classifier, tiny_embedder

FAILURES = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=["on a GPU", "in main memory"])
@pytest.mark.parametrize(
    ("family", "make", "options"),
    [
        ("cross-encoder", tiny_classifier, "?precision=fp32"),
        ("bi-encoder", tiny_embedder, ""),
        ("listwise-llm", tiny_causal, "?method=first-token"),
    ],
)
def test_memory_that_is_not_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    family: str,
    make: Callable[[Path], Path],
    options: str,
    failure: RuntimeError,
) -> None:
    def forward(*args: object, **settings: object) -> object:
        raise failure

    pool = ModelPool()
    monkeypatch.setattr("reranklab.rankers.reference.POOL", pool)
    ranker = build_ranker(f"{family}:{make(tmp_path / 'model')}{options}")
    candidates = [Document(id="d1", text="paris"), Document(id="d2", text="milk")]
    assert ranker.rank(Query(text="paris"), candidates).items
    (model,) = pool._models.values()
    for network in model.network.modules():
        network.forward = forward
    with pytest.raises(ModelError, match=r"ran out of memory on cpu\. Rank fewer or shorter documents"):
        ranker.rank(Query(text="paris"), candidates)
    with device_lock("cpu").hold():
        pass
