"""Models in memory: one object for all who ask, and no more of them than allowed."""

import gc
import threading
import weakref
from pathlib import Path

import pytest
import torch

from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import cpu
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import ModelPool
from reranklab.rankers.crossencoders.models import load_classifier
from tests.models.tiny import tiny_classifier


def entry(folder: Path) -> CatalogueEntry:
    return CatalogueEntry(id=str(folder), kind="cross-encoder", source="folder")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_classifier(tmp_path / "one")


def test_two_threads_that_ask_at_once_share_one_model(folder: Path) -> None:
    loads: list[str] = []

    def counted(*args: object, **options: object) -> object:
        loads.append("load")
        return load_classifier(*args, **options)  # type: ignore[arg-type]

    pool, found, start = ModelPool(), [], threading.Barrier(4)

    def ask() -> None:
        start.wait()
        found.append(pool.get(entry(folder), counted, device=cpu(), precision="fp32"))  # type: ignore[arg-type]

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(model is found[0] for model in found)
    assert loads == ["load"]


def test_precision_and_allowed_code_make_another_model(folder: Path) -> None:
    pool = ModelPool()
    fp32 = pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32")
    bf16 = pool.get(entry(folder), load_classifier, device=cpu(), precision="bf16")
    assert fp32 is not bf16
    assert (fp32.network.dtype, bf16.network.dtype) == (torch.float32, torch.bfloat16)
    assert pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32", allow_code=True) is not fp32
    assert pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32") is fp32
    assert [(key.precision, key.allow_code) for key in pool.loaded()] == [("bf16", False), ("fp32", True), ("fp32", False)]


def test_beyond_its_capacity_the_longest_unused_goes_and_its_memory_too(tmp_path: Path) -> None:
    folders = [tiny_classifier(tmp_path / str(number)) for number in range(3)]
    pool = ModelPool(capacity=2)
    first, second = (pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32") for folder in folders[:2])
    assert pool.get(entry(folders[0]), load_classifier, device=cpu(), precision="fp32") is first
    gone = weakref.ref(second.network)
    del second
    third = pool.get(entry(folders[2]), load_classifier, device=cpu(), precision="fp32")
    gc.collect()
    assert gone() is None
    assert [key.id for key in pool.loaded()] == [str(folders[0]), str(folders[2])]
    assert pool.get(entry(folders[2]), load_classifier, device=cpu(), precision="fp32") is third


def test_a_model_in_use_survives_its_eviction(tmp_path: Path) -> None:
    pool = ModelPool(capacity=1)
    held: LoadedModel = pool.get(entry(tiny_classifier(tmp_path / "a")), load_classifier, device=cpu(), precision="fp32")
    pool.get(entry(tiny_classifier(tmp_path / "b")), load_classifier, device=cpu(), precision="fp32")
    ids = torch.tensor([[2, 5, 3, 6, 3]])
    assert held.network(input_ids=ids).logits.shape == (1, 1)


def test_a_failed_load_leaves_nothing_and_can_be_tried_again(folder: Path) -> None:
    pool = ModelPool()
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(b"\0" * 20)
    with pytest.raises(ModelRefusedError, match="cannot be loaded"):
        pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32")
    assert pool.loaded() == ()
    weights.write_bytes(content)
    assert pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32").load > 0


def test_clearing_lets_go_of_everything(folder: Path) -> None:
    pool = ModelPool()
    gone = weakref.ref(pool.get(entry(folder), load_classifier, device=cpu(), precision="fp32").network)
    pool.clear()
    gc.collect()
    assert pool.loaded() == ()
    assert gone() is None
