"""How much of what the processor can multiply a ranker uses: its operations a second against the best of the libraries at hand.

The libraries multiply the model's own largest matrices, 512 tokens at once, in the same minute as the ranker runs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reranklab.engine.build import build_ranker
from reranklab.engine.measure import measure
from reranklab.engine.turns import TURNS
from reranklab.errors import InputError
from reranklab.latency.lists import TimedList, made_lists, real_lists
from reranklab.latency.operations import Shape
from reranklab.latency.tasks import collection_tasks
from reranklab.models.engines.compiled import has_openvino, openvino_product
from reranklab.models.engines.graph import ENCODERS, product_graph
from reranklab.models.store import ensure
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.batching import COMPUTED_TOKENS
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.types import Ranking

_TOKENS = 512
_SECONDS = 0.15
_RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Products of one library in one precision: the best of the runs, in 10^9 operations a second."""

    library: str
    precision: str
    gigaflops: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof:
    """A ranker under its roof. `gigaflops` are its model's operations by `ms`, the median time of its computing stage; `tokens`
    are those of the list, `peaks` the libraries'. `padding` is the share of padding in the tokens that were computed, in the
    ranker's own batches, 0 to 1, None where it does not count them. `dataset` is the collection of the list, "" for documents
    of one length."""

    ranker: str
    precision: str
    candidates: int
    tokens: int
    ms: float
    gigaflops: float
    peaks: tuple[Peak, ...]
    padding: float | None = None
    dataset: str = ""

    @property
    def best(self) -> Peak | None:
        """The highest peak in the ranker's precision; of a mixed one, in the first of them. None where no library has it."""
        own = self.precision.split("+")[0]
        return max((peak for peak in self.peaks if peak.precision == own), key=lambda peak: peak.gigaflops, default=None)

    @property
    def share(self) -> float | None:
        """Of the best peak, 0 to 1. An engine that leaves work out can come out above what it does."""
        return self.gigaflops / self.best.gigaflops if self.best else None


def shape_of(spec: RankerSpec) -> Shape:
    """The shape of a ranker's model, fetched where it is not here. Raises InputError for one that is not counted, and what the
    store raises."""
    from transformers import AutoConfig

    if not spec.family.kinds or spec.stages or Capability.POINTWISE not in spec.capabilities:
        raise InputError(f"{spec.id} is not one model that reads each document by itself: its operations are not counted.")
    with ensure(model_entry(spec)).open(allow_code=False) as folder:
        config = AutoConfig.from_pretrained(folder)
    if config.model_type not in ENCODERS:
        raise InputError(
            f"The model of {spec.id} is a {config.model_type}: operations are counted for {', '.join(ENCODERS)} alone."
        )
    return Shape.of(config)


def ranker_roof(
    ranker_id: str,
    *,
    candidates: int,
    tokens: int,
    dataset: str = "",
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Roof:
    """The roof of a ranker on the processor over a list of `candidates` documents of `tokens` each or, with `dataset`, those
    that a BM25 search finds for one of its queries, as they are.

    Raises what `shape_of`, `build_ranker`, `made_lists` or `collection_tasks` and `real_lists`, and `measure_roof` raise.
    """
    spec = parse_ranker_id(ranker_id)
    shape = shape_of(spec)
    ranker = build_ranker(spec)
    ranker.load(cancel=cancel, progress=progress)
    if dataset:
        tasks = collection_tasks(dataset, candidates=[candidates], queries=1, seed=seed, cancel=cancel, progress=progress)
        least = min(candidates, *(max(1, len(documents)) for _, documents in tasks))
        (timed,) = real_lists(tasks, candidates=[least])
    else:
        (timed,) = made_lists(ranker, candidates=[candidates], tokens=[tokens], seed=seed, cancel=cancel)
    return replace(measure_roof(ranker, shape, timed, cancel=cancel, progress=progress), dataset=dataset)


def measure_peaks(shape: Shape, *, cancel: CancelSignal | None = None) -> tuple[Peak, ...]:
    """The peaks of torch, numpy, onnxruntime and OpenVINO on this processor, with as many threads as torch takes."""
    peaks = []
    for (library, precision), make in _products(shape).items():
        check_cancel(cancel)
        try:
            product = make()
            product()
        except (RuntimeError, NotImplementedError):
            continue  # a processor or a build without that product
        peaks.append(Peak(library=library, precision=precision, gigaflops=_best(product, shape)))
    return tuple(peaks)


def measure_roof(
    ranker: Ranker, shape: Shape, timed: TimedList, *, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Roof:
    """Peaks, then the ranker on the list after a warm-up, while no other measured run of this process is at work.

    Raises what the ranker raises, and Cancelled.
    """
    with TURNS.take(cancel=cancel, progress=progress):
        report(progress, done=0, total=2, unit="measurement", label="matrix products")
        peaks = measure_peaks(shape, cancel=cancel)
        report(progress, done=1, total=2, unit="measurement", label=ranker.id)
        ranking = measure(ranker, timed.query, timed.documents, repeats=_RUNS, cancel=cancel)
        report(progress, done=2, total=2, unit="measurement", label=ranker.id)
    frame = (ranking.timing.tokens - sum(item.tokens_used for item in ranking.items)) / len(ranking.items)
    lengths = [item.tokens_used + round(frame) for item in ranking.items]
    ms = statistics.median(run.compute for run in ranking.timing.runs)
    return Roof(
        ranker=ranker.id,
        precision=ranking.timing.precision,
        candidates=len(lengths),
        tokens=sum(lengths),
        ms=ms,
        gigaflops=shape.operations(lengths) / ms / 1e6,
        peaks=peaks,
        padding=_padding(ranking),
    )


def _padding(ranking: Ranking) -> float | None:
    computed = ranking.details.get(COMPUTED_TOKENS)
    return 1 - ranking.timing.tokens / int(computed) if computed else None


def _products(shape: Shape) -> Mapping[tuple[str, str], Callable[[], Callable[[], Any]]]:
    import numpy as np
    import torch

    generator = np.random.default_rng(0)
    left = generator.standard_normal((_TOKENS, shape.size)).astype(np.float32)
    right = generator.standard_normal((shape.size, shape.inner)).astype(np.float32)
    threads = int(torch.get_num_threads())

    def by_torch(kind: torch.dtype) -> Callable[[], Any]:
        one, other = torch.from_numpy(left).to(kind), torch.from_numpy(right.T.copy()).to(kind)
        return lambda: torch.nn.functional.linear(one, other)

    def whole_by_torch() -> Callable[[], Any]:
        one = torch.randint(-127, 127, left.shape, dtype=torch.int8)
        other = torch.randint(-127, 127, right.shape[::-1], dtype=torch.int8)
        return lambda: torch._int_mm(one, other.T)

    def by_onnxruntime() -> Callable[[], Any]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(product_graph(right), options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"left": left})

    def by_openvino(*, half: bool) -> Callable[[], Any]:
        return openvino_product(product_graph(right), left, threads=threads, half=half)

    found: dict[tuple[str, str], Callable[[], Callable[[], Any]]] = {
        ("torch", "fp32"): lambda: by_torch(torch.float32),
        ("numpy", "fp32"): lambda: lambda: left @ right,
        ("onnxruntime", "fp32"): by_onnxruntime,
        ("torch", "bf16"): lambda: by_torch(torch.bfloat16),
        ("torch", "int8"): whole_by_torch,
    }
    if has_openvino():
        found[("openvino", "fp32")] = lambda: by_openvino(half=False)
        found[("openvino", "bf16")] = lambda: by_openvino(half=True)
    return found


def _best(product: Callable[[], Any], shape: Shape) -> float:
    operations = 2 * _TOKENS * shape.size * shape.inner
    start = time.perf_counter()
    product()
    count = max(1, round(_SECONDS / _RUNS / max(time.perf_counter() - start, 1e-6)))
    rates = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        for _ in range(count):
            product()
        rates.append(count * operations / (time.perf_counter() - start))
    return max(rates) / 1e9
