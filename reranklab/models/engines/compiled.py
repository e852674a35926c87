"""Runtimes that compile an encoder's graph for the processor: onnxruntime, and OpenVINO where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from reranklab.models.engines.graph import INPUTS

if TYPE_CHECKING:
    import numpy.typing as npt

ONNXRUNTIME = "onnxruntime"
OPENVINO = "openvino"

ROW_GROUP = 384
"""Activations quantised with one range: so many neighbours in one token's row, and so never another document's."""


class Compiled(Protocol):
    """A compiled graph. Not for two threads at once: hold the device's lock."""

    def run(self, features: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """The graph's output for arrays of (rows, tokens)."""
        ...


@dataclass(frozen=True, slots=True)
class OnnxGraph:
    """A session of onnxruntime with one output. Its inputs are int64 or int32, as it says."""

    session: Any

    def run(self, features: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
        kinds = {"tensor(int64)": "int64", "tensor(int32)": "int32"}
        given = {each.name: features[each.name].astype(kinds[each.type]) for each in self.session.get_inputs()}
        (output,) = self.session.run(None, given)
        found: npt.NDArray[Any] = output
        return found


@dataclass(frozen=True, slots=True)
class OpenvinoGraph:
    """A compiled model of OpenVINO with its one request."""

    request: Any

    def run(self, features: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
        import numpy as np

        output = self.request.infer({name: features[name].astype("int32") for name in INPUTS})[0]
        return np.array(output)


def compile_onnxruntime(graph: bytes, *, threads: int) -> OnnxGraph:
    """The graph on `threads` threads, with all of onnxruntime's fusions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return OnnxGraph(onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"]))


def compile_openvino(graph: bytes, *, threads: int, half: bool = False) -> OpenvinoGraph:
    """The graph on `threads` threads, in float32, or in bfloat16 with `half`. Products with 8-bit weights are 8-bit products,
    their activations quantised in groups of ROW_GROUP."""
    import numpy as np

    core = _openvino().Core()
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": str(threads),
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(ROW_GROUP),
    }
    compiled = OpenvinoGraph(core.compile_model(core.read_model(graph), "CPU", settings).create_infer_request())
    # A request whose first text is one token long computes every longer one wrongly (seen in OpenVINO 2026.4).
    compiled.run({name: np.ones((1, 8)) for name in INPUTS})
    return compiled


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
