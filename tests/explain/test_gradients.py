"""Integrated gradients of the real models."""

import threading

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.explain.gradients import integrated_gradients
from reranklab.models.store import StoredModel
from reranklab.types import Document, Query

QUERY = Query(text="What is the capital of France?")
DOCUMENT = Document(id="d", text="Cheese is made of milk. Paris is the capital of France. The wing is long.")


@pytest.mark.parametrize("ranker", ["cross-encoder", "bi-encoder"])
def test_values_add_up_to_the_change(weights: dict[str, StoredModel], ranker: str):
    found = integrated_gradients(build_ranker(ranker), QUERY, DOCUMENT)
    (item,) = build_ranker(ranker).rank(QUERY, [DOCUMENT]).items
    assert found.base == pytest.approx(item.score, abs=1e-4)
    assert found.gap is not None
    assert found.gap < 0.05
    assert found.warnings == ()
    assert "".join(unit.label for unit in found.units) == DOCUMENT.text.replace(" ", "")
    by_word = {unit.label: value for unit, value in zip(found.units, found.values, strict=True)}
    assert max(by_word, key=by_word.__getitem__) in ("Paris", "capital", "France")


def test_few_steps_are_told(weights: dict[str, StoredModel]):
    found = integrated_gradients(build_ranker("cross-encoder"), QUERY, DOCUMENT, steps=8)
    assert found.gap is not None
    assert bool(found.warnings) == (found.gap > 0.05)


def test_it_stops(weights: dict[str, StoredModel]):
    cancel = threading.Event()
    seen = []

    def stop(step: object) -> None:
        seen.append(step)
        cancel.set()

    with pytest.raises(Cancelled):
        integrated_gradients(build_ranker("cross-encoder"), QUERY, DOCUMENT, cancel=cancel, progress=stop)
    assert len(seen) == 1
    assert integrated_gradients(build_ranker("bi-encoder"), QUERY, DOCUMENT, steps=8).values


@pytest.mark.parametrize("ranker", ["bm25", "listwise-llm", "cross-encoder?precision=int8"])
def test_rankers_without_gradients(weights: dict[str, StoredModel], ranker: str):
    with pytest.raises(InputError, match=r"has no gradients\. Leave-one-out works"):
        integrated_gradients(build_ranker(ranker), QUERY, DOCUMENT)
