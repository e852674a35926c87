"""Cross-encoders: one score for a query and a document, read together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reranklab.models.engines.graph import encoder_graph, has_graph
from reranklab.models.trained import INT8
from reranklab.train.learner import Learner, Texts
from reranklab.train.losses import Loss, Rows
from reranklab.train.sets.examples import Labels

_PAIRS_AT_ONCE = 16
_ONE_RELEVANT = 10.0
"""Labels of 0 and 1 times this, as a softmax, leave all but 0.0003 of the target to the relevant documents among eight."""


def _open(folder: Path, window: int, device: str) -> Any:
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(
        str(folder),
        device=device,
        max_length=window,
        local_files_only=True,
        activation_fn=torch.nn.Identity(),
        model_kwargs={"dtype": torch.float32, "use_safetensors": True},
    )
    model.max_seq_length = window
    return model


def _widen(model: Any, window: int) -> None:
    model.max_seq_length = window


def _trainer() -> tuple[type[Any], type[Any]]:
    from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments

    return CrossEncoderTrainer, CrossEncoderTrainingArguments


def _score(model: Any, texts: Sequence[Texts]) -> list[list[float]]:
    pairs = [(each.query, document) for each in texts for document in each.documents]
    scores = iter(model.predict(pairs, batch_size=_PAIRS_AT_ONCE, show_progress_bar=False).tolist())
    return [[float(next(scores)) for _ in each.documents] for each in texts]


def _export(model: Any, folder: Path) -> None:
    """The 8-bit ONNX file of precision=int8, for encoders of the BERT family: one range a weight, and of the activations one
    over the batch, as in the embedded cross-encoder's own."""
    import tempfile

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network, modules = model.transformers_model, len(list(model.children()))
    if modules > 1 or not has_graph(network):
        return
    with tempfile.TemporaryDirectory(prefix="reranklab-") as scratch:
        whole = Path(scratch) / "model.onnx"
        graph = onnx.load_from_string(encoder_graph(network))
        graph.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")  # else it logs that one might
        onnx.save(graph, whole)
        quantize_dynamic(whole, folder / INT8, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def _bce(model: Any, negatives: float) -> Any:
    import torch
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss

    return BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(max(negatives, 1.0)))


def _list_net(model: Any, negatives: float) -> Any:
    from sentence_transformers.cross_encoder.losses import ListNetLoss

    return ListNetLoss(model, mini_batch_size=_PAIRS_AT_ONCE)


def _lambda(model: Any, negatives: float) -> Any:
    from sentence_transformers.cross_encoder.losses import LambdaLoss, NDCGLoss2PPScheme

    return LambdaLoss(model, weighting_scheme=NDCGLoss2PPScheme(), k=10, mini_batch_size=_PAIRS_AT_ONCE)


def _rank_net(model: Any, negatives: float) -> Any:
    from sentence_transformers.cross_encoder.losses import RankNetLoss

    return RankNetLoss(model, mini_batch_size=_PAIRS_AT_ONCE)


def _margin_mse(model: Any, negatives: float) -> Any:
    from sentence_transformers.cross_encoder.losses import MarginMSELoss

    return MarginMSELoss(model)


LEARNER = Learner(
    losses=(
        Loss(
            id="bce",
            labels=frozenset({Labels.BINARY}),
            rows=Rows.PAIRS,
            why="Each pair is judged relevant or not by itself, so one threshold can cut every query's list; a relevant pair "
            "counts as much as all the negatives that stand against it.",
            make=_bce,
        ),
        Loss(
            id="softmax",
            labels=frozenset({Labels.BINARY}),
            rows=Rows.LISTS,
            why="The relevant document of a list has to beat the others of that list: only the order counts, and a list of "
            "hard negatives is learned as one choice.",
            make=_list_net,
            scale=_ONE_RELEVANT,
        ),
        Loss(
            id="lambda",
            labels=frozenset({Labels.GRADED, Labels.BINARY}),
            rows=Rows.LISTS,
            why="Grades have an order, and a mistake costs what it costs in nDCG@10: two documents at the top count more than "
            "two below.",
            make=_lambda,
        ),
        Loss(
            id="ranknet",
            labels=frozenset({Labels.GRADED, Labels.BINARY}),
            rows=Rows.LISTS,
            why="Every pair of documents with different grades counts alike, wherever it stands in the list.",
            make=_rank_net,
        ),
        Loss(
            id="listwise-kl",
            labels=frozenset({Labels.SOFT, Labels.GRADED}),
            rows=Rows.LISTS,
            why="The model's scores of a list, as shares of one, are drawn to the teacher's: what the teacher holds for the "
            "best counts most, and the scale of its scores is kept.",
            make=_list_net,
        ),
        Loss(
            id="margin-mse",
            labels=frozenset({Labels.SOFT}),
            rows=Rows.COLUMNS,
            why="The distance between the teacher's best document and each other one is copied, so the student keeps the "
            "teacher's scale up to a constant of the query.",
            make=_margin_mse,
        ),
    ),
    learning_rate=5e-5,
    at_once=2,
    together=True,
    open=_open,
    trainer=_trainer,
    score=_score,
    widen=_widen,
    export=_export,
)
