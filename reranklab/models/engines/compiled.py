"""Runtimes that compile an encoder's graph for the processor: onnxruntime, and OpenVINO where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from reranklab.models.engines.graph import INPUTS
from reranklab.progress import CancelSignal, check_cancel

if TYPE_CHECKING:
    import numpy.typing as npt

ONNXRUNTIME = "onnxruntime"
OPENVINO = "openvino"

ROW_GROUP = 384
"""Activations quantised with one range: so many neighbours in one token's row, and so never another document's."""


Features = Mapping[str, "npt.NDArray[Any]"]


class Compiled(Protocol):
    """A graph made ready. Not for two threads at once: hold the device's lock. It computes `workers` batches at once."""

    workers: int

    def run(self, batches: Sequence[Features], *, cancel: CancelSignal | None = None) -> list[npt.NDArray[Any]]:
        """The graph's output for each batch, arrays of (rows, tokens). Raises Cancelled before the next one."""
        ...


class OnnxGraph:
    """A session of onnxruntime with one output; its inputs are int64 or int32, as it says. Each of the `workers` threads
    computes a batch by itself: two that share one wait for each other in every layer."""

    def __init__(self, session: Any, *, workers: int = 1) -> None:
        self._session = session
        self.workers = workers
        self._kinds = {each.name: each.type.removeprefix("tensor(").removesuffix(")") for each in session.get_inputs()}
        self._pool = _pool(workers)

    def run(self, batches: Sequence[Features], *, cancel: CancelSignal | None = None) -> list[npt.NDArray[Any]]:
        return _each(self._one, batches, self._pool, cancel)

    def _one(self, features: Features) -> npt.NDArray[Any]:
        (output,) = self._session.run(None, {name: features[name].astype(kind) for name, kind in self._kinds.items()})
        found: npt.NDArray[Any] = output
        return found


class OpenvinoGraph:
    """A compiled model of OpenVINO with a request for each of `workers` threads, which computes a batch by itself."""

    def __init__(self, model: Any, *, workers: int) -> None:
        import numpy as np

        self.workers = workers
        self._requests: SimpleQueue[Any] = SimpleQueue()
        self._pool = _pool(workers)
        for _ in range(workers):
            request = model.create_infer_request()
            # One whose first text is a single token long computes every longer one wrongly (seen in OpenVINO 2026.4).
            request.infer({name: np.ones((1, 8), dtype=np.int32) for name in INPUTS})
            self._requests.put(request)

    def run(self, batches: Sequence[Features], *, cancel: CancelSignal | None = None) -> list[npt.NDArray[Any]]:
        return _each(self._one, batches, self._pool, cancel)

    def _one(self, features: Features) -> npt.NDArray[Any]:
        import numpy as np

        request = self._requests.get()
        try:
            return np.array(request.infer({name: features[name].astype(np.int32) for name in INPUTS})[0])
        finally:
            self._requests.put(request)


def compile_onnxruntime(graph: bytes, *, threads: int) -> OnnxGraph:
    """The graph with all of onnxruntime's fusions, for `threads` batches at once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return OnnxGraph(session, workers=threads)


def compile_openvino(graph: bytes, *, threads: int, half: bool = False) -> OpenvinoGraph:
    """The graph in float32, or in bfloat16 with `half`, for `threads` batches at once. Products with 8-bit weights are 8-bit
    products, their activations quantised in groups of ROW_GROUP."""
    core = _openvino().Core()
    settings = {
        "NUM_STREAMS": str(threads),
        "INFERENCE_NUM_THREADS": str(threads),
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(ROW_GROUP),
    }
    return OpenvinoGraph(core.compile_model(core.read_model(graph), "CPU", settings), workers=threads)


def openvino_product(graph: bytes, left: npt.NDArray[Any], *, threads: int, half: bool) -> Callable[[], Any]:
    """What computes a product graph of `left` on all threads together."""
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": str(threads),
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
    }
    core = _openvino().Core()
    request = core.compile_model(core.read_model(graph), "CPU", settings).create_infer_request()
    return lambda: request.infer({"left": left})


def _each(
    compute: Callable[[Features], npt.NDArray[Any]],
    batches: Sequence[Features],
    pool: ThreadPoolExecutor | None,
    cancel: CancelSignal | None,
) -> list[npt.NDArray[Any]]:
    def one(batch: Features) -> npt.NDArray[Any]:
        check_cancel(cancel)
        return compute(batch)

    return list(pool.map(one, batches) if pool is not None else map(one, batches))


def _pool(workers: int) -> ThreadPoolExecutor | None:
    return ThreadPoolExecutor(workers, thread_name_prefix="engine") if workers > 1 else None


def has_openvino() -> bool:
    return find_spec("openvino") is not None


def import_engines() -> None:
    """Import what engines need, so that the time to load a model is the model's own."""
    import onnx
    import onnxruntime

    _ = (onnx.helper, onnxruntime.InferenceSession)
    if has_openvino():
        _openvino()


def _openvino() -> Any:
    """OpenVINO without its telemetry, which would report the import to a web service: nothing leaves this machine unasked."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def has_fast_bfloat16() -> bool:
    """Whether OpenVINO says that the processor multiplies in bfloat16 by itself."""
    return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
