"""Encoders of the BERT family as one ONNX graph of standard operators, which onnxruntime and OpenVINO compile and fuse.

(Devlin et al. 2019, "BERT"; the operators are those of ONNX opset 20.) The graph does what the network does, with one
difference that changes no score: in the last layer of a classifier only the first token is computed, since the head reads no
other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

INPUTS = ("input_ids", "token_type_ids", "attention_mask")
SCORES = "logits"
STATES = "last_hidden_state"

ENCODERS = ("bert", "roberta", "xlm-roberta")
"""The model types that have such a graph."""

_OPSET = 20
_HIDDEN = -1e9
_LARGEST = 2_000_000_000
"""Bytes of a graph in one piece: protobuf takes no message of 2 GiB."""
_IR_VERSION = 9


def has_graph(network: Any) -> bool:
    """Whether `encoder_graph` can write a network: one that `is_bert_like`, of at most half a billion weights."""
    return is_bert_like(network) and 4 * sum(weight.numel() for weight in network.parameters()) < _LARGEST


def is_bert_like(network: Any) -> bool:
    """Whether a network is BERT's, RoBERTa's or XLM-R's as they were published, and of transformers' own classes, not a
    checkpoint's."""
    config = network.config
    return (
        type(network).__module__.startswith("transformers.models.")
        and config.model_type in ENCODERS
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
        and not getattr(config, "is_decoder", False)
    )


def encoder_graph(network: Any, *, rows: bool = False) -> bytes:
    """The graph of a BertForSequenceClassification (or Roberta's, XLM-Roberta's) with the output `logits` (rows, labels), or of
    a bare encoder with `last_hidden_state` (rows, tokens, size). Inputs are INPUTS, int32 of (rows, tokens).

    With `rows` the weights of the layers are 8-bit integers, one range an output (affine: (q - zero) * scale), which a runtime
    multiplies with activations quantised row by row.
    """
    return _Writer(network, rows=rows).write()


def product_graph(right: npt.NDArray[Any]) -> bytes:
    """The product of `left` (rows, size), an input in float32, and a matrix (size, inner)."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["left", "right"], ["product"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.FLOAT, ["rows", right.shape[0]])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, ["rows", right.shape[1]])],
        [numpy_helper.from_array(right, "right")],
    )
    return _model(graph)


def _model(graph: Any) -> bytes:
    from onnx import helper

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    return bytes(model.SerializeToString())


@dataclass(kw_only=True)
class _Graph:
    """Nodes and weights of the graph so far. Values are named by the node that makes them."""

    nodes: list[Any] = field(default_factory=list)
    weights: dict[str, Any] = field(default_factory=dict)

    def constant(self, name: str, values: Any, kind: str = "float32") -> str:
        import numpy as np
        from onnx import numpy_helper

        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(np.array(values, dtype=kind, order="C"), name)
        return name

    def node(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        from onnx import helper

        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name


class _Writer:
    def __init__(self, network: Any, *, rows: bool) -> None:
        self._graph = _Graph()
        self._config = network.config
        self._rows = rows
        self._tensors: Mapping[str, Any] = {
            name.removeprefix("bert.").removeprefix("roberta."): tensor for name, tensor in network.state_dict().items()
        }
        self._classifies = any(name.startswith("classifier.") for name in self._tensors)
        self._epsilon = float(self._config.layer_norm_eps)

    def write(self) -> bytes:
        from onnx import TensorProto, helper

        states = self._embedded()
        hidden = self._padding()
        layers = int(self._config.num_hidden_layers)
        for layer in range(layers):
            states = self._layer(layer, states, hidden, first_token=self._classifies and layer == layers - 1)
        output, shape = (self._head(states), ["rows", "labels"]) if self._classifies else (states, ["rows", "tokens", "size"])
        name = SCORES if self._classifies else STATES
        self._graph.nodes.append(helper.make_node("Identity", [output], [name]))
        graph = helper.make_graph(
            self._graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(each, TensorProto.INT32, ["rows", "tokens"]) for each in INPUTS],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            list(self._graph.weights.values()),
        )
        return _model(graph)

    def _embedded(self) -> str:
        graph = self._graph
        words = graph.node("Gather", [self._tensor("embeddings.word_embeddings.weight"), "input_ids"])
        types = graph.node("Gather", [self._tensor("embeddings.token_type_embeddings.weight"), "token_type_ids"])
        places = graph.node("Gather", [self._tensor("embeddings.position_embeddings.weight"), self._places()])
        total = graph.node("Add", [graph.node("Add", [words, types]), places])
        return self._norm(total, "embeddings.LayerNorm")

    def _places(self) -> str:
        """Positions count from 0; RoBERTa's from one behind the padding's id."""
        graph = self._graph
        start = 0 if self._config.model_type == "bert" else int(self._config.pad_token_id) + 1
        length = graph.node("Gather", [graph.node("Shape", ["input_ids"]), graph.constant("token_axis", 1, "int64")])
        first, step = graph.constant("start", start, "int64"), graph.constant("step", 1, "int64")
        return graph.node("Range", [first, graph.node("Add", [length, first]), step])

    def _padding(self) -> str:
        """What is added to the attention: 0, and on padding, which stands at the end, so low a number that it gets none."""
        from onnx import TensorProto

        graph = self._graph
        mask = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        hidden = graph.node("Sub", [graph.constant("visible", 1.0), mask])
        rows = graph.node("Unsqueeze", [hidden, graph.constant("row_axes", [1, 2], "int64")])
        return graph.node("Mul", [rows, graph.constant("hidden", _HIDDEN)])

    def _layer(self, number: int, states: str, hidden: str, *, first_token: bool) -> str:
        graph, prefix = self._graph, f"encoder.layer.{number}."
        asked = graph.node("Gather", [states, graph.constant("first", [0], "int64")], axis=1) if first_token else states
        heads = int(self._config.num_attention_heads)
        size = int(self._config.hidden_size)
        split = graph.constant("split", [0, 0, heads, size // heads], "int64")

        def per_head(source: str, name: str, order: Sequence[int]) -> str:
            made = self._linear(source, f"{prefix}attention.self.{name}")
            return graph.node("Transpose", [graph.node("Reshape", [made, split])], perm=list(order))

        query = per_head(asked, "query", (0, 2, 1, 3))
        key = per_head(states, "key", (0, 2, 3, 1))
        value = per_head(states, "value", (0, 2, 1, 3))
        scale = graph.constant("scale", (size // heads) ** -0.5)
        weights = graph.node("Add", [graph.node("Mul", [graph.node("MatMul", [query, key]), scale]), hidden])
        mixed = graph.node("MatMul", [graph.node("Softmax", [weights], axis=-1), value])
        joined = graph.node(
            "Reshape",
            [graph.node("Transpose", [mixed], perm=[0, 2, 1, 3]), graph.constant("join", [0, 0, size], "int64")],
        )
        attended = graph.node("Add", [self._linear(joined, f"{prefix}attention.output.dense"), asked])
        attended = self._norm(attended, f"{prefix}attention.output.LayerNorm")
        inner = graph.node("Gelu", [self._linear(attended, f"{prefix}intermediate.dense")])
        return self._norm(
            graph.node("Add", [self._linear(inner, f"{prefix}output.dense"), attended]), f"{prefix}output.LayerNorm"
        )

    def _head(self, states: str) -> str:
        """BERT's pooler and classifier, or RoBERTa's two layers: the same, under other names."""
        graph = self._graph
        first = graph.node("Gather", [states, graph.constant("place", 0, "int64")], axis=1)
        dense, out = (
            ("pooler.dense", "classifier")
            if "pooler.dense.weight" in self._tensors
            else (
                "classifier.dense",
                "classifier.out_proj",
            )
        )
        pooled = graph.node("Tanh", [self._linear(first, dense, exact=True)])
        return self._linear(pooled, out, exact=True)

    def _linear(self, source: str, name: str, *, exact: bool = False) -> str:
        weight = self._array(f"{name}.weight").T
        factor = self._quantised(name, weight) if self._rows and not exact else self._graph.constant(f"{name}.weight", weight)
        return self._graph.node("Add", [self._graph.node("MatMul", [source, factor]), self._tensor(f"{name}.bias")])

    def _quantised(self, name: str, weight: npt.NDArray[Any]) -> str:
        import numpy as np

        low, high = np.minimum(weight.min(axis=0), 0), np.maximum(weight.max(axis=0), 0)
        scale = np.maximum((high - low) / 255, np.finfo(np.float32).tiny).astype(np.float32)
        zero = np.clip(np.rint(-low / scale), 0, 255)
        whole = np.clip(np.rint(weight / scale) + zero, 0, 255)
        parts = [
            self._graph.constant(f"{name}.whole", whole, "uint8"),
            self._graph.constant(f"{name}.scale", scale),
            self._graph.constant(f"{name}.zero", zero, "uint8"),
        ]
        return self._graph.node("DequantizeLinear", parts, axis=1)

    def _norm(self, source: str, name: str) -> str:
        parts = [source, self._tensor(f"{name}.weight"), self._tensor(f"{name}.bias")]
        return self._graph.node("LayerNormalization", parts, axis=-1, epsilon=self._epsilon)

    def _tensor(self, name: str) -> str:
        return self._graph.constant(name, self._array(name))

    def _array(self, name: str) -> npt.NDArray[Any]:
        array: npt.NDArray[Any] = self._tensors[name].detach().float().cpu().numpy()
        return array
