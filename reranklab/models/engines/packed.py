"""Classifiers of the BERT family over texts of unequal lengths in one row, without padding.

(Variable-length attention as in Dao 2023, "FlashAttention-2"; the network is Devlin et al.'s, 2019, "BERT".) The token ids of a
batch stand behind each other, (tokens,), positions begin anew with each text, and attention keeps to a text by the offsets of
their beginnings. It computes with the network's own modules and weights, and differs from the network in one thing more, which
changes no score: in the last layer only the first token of each text is computed, since the head reads no other.

Tested on the processor. The kernels that it is for, those of CUDA, are not verified: no such device was at hand. What keeps
a wrong one from ranking is the comparison with the network at each load (`reranklab.models.engines.gpu`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from reranklab.models.engines.compiled import Features
from reranklab.models.engines.transfer import to_device
from reranklab.progress import CancelSignal, check_cancel

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

PACKED = "torch packed"
"""The back end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Where the texts of a row begin, and at last where it ends: `offsets`, int32 of (texts + 1,), with the extreme lengths."""

    offsets: torch.Tensor
    shortest: int
    longest: int


class Attend(Protocol):
    """Attention of each text's queries to the same text's keys, all of (tokens, heads, size): `asked` says where a text's
    queries are, `read` where its keys and values are."""

    def __call__(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, asked: Spans, read: Spans
    ) -> torch.Tensor: ...


def attend_jagged(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, asked: Spans, read: Spans) -> torch.Tensor:
    """By scaled_dot_product_attention on jagged tensors, which takes a kernel that the device and the precision have."""
    from torch.nested import nested_tensor_from_jagged
    from torch.nn.functional import scaled_dot_product_attention

    def per_head(values: torch.Tensor, spans: Spans) -> torch.Tensor:
        nested = nested_tensor_from_jagged(values, spans.offsets, min_seqlen=spans.shortest, max_seqlen=spans.longest)
        return nested.transpose(1, 2)

    mixed = scaled_dot_product_attention(per_head(query, asked), per_head(key, read), per_head(value, read))
    return mixed.transpose(1, 2).values()


def attend_flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, asked: Spans, read: Spans) -> torch.Tensor:
    """By FlashAttention itself, in float16 or bfloat16 on CUDA devices that have it: fewer steps in Python for each layer."""
    from torch.nn.attention import varlen

    mixed = varlen.varlen_attn(query, key, value, asked.offsets, read.offsets, asked.longest, read.longest)
    assert not isinstance(mixed, tuple)  # it is one only where more than the result is asked for
    return mixed


class PackedNetwork:
    """A network that `is_bert_like` and classifies, on its device, run like a compiled graph. Its batches may have padding, at
    the end of each text, which is left out. Not for two threads at once: hold the device's lock."""

    workers = 1

    def __init__(self, network: Any, *, device: str, attend: Attend = attend_jagged) -> None:
        self.network = network
        self._device = device
        self._attend = attend
        # Making a jagged tensor asks whether it is traced, and that question logs a warning about its own name.
        logging.getLogger("torch.fx._symbolic_trace").setLevel(logging.ERROR)

    def run(self, batches: Sequence[Features], *, cancel: CancelSignal | None = None) -> list[npt.NDArray[Any]]:
        """The logits of each batch, (rows, labels) in float32. A GPU computes a batch while the next one is prepared."""
        import torch

        outputs = []
        for batch in batches:
            check_cancel(cancel)
            with torch.no_grad():  # tensors of the inference mode cannot be jagged
                outputs.append(self._logits(batch))
        return [output.float().cpu().numpy() for output in outputs]

    def _logits(self, batch: Features) -> torch.Tensor:
        import numpy as np
        import torch

        config = self.network.config
        seen = batch["attention_mask"].astype(bool)
        lengths = seen.sum(axis=1)
        first = 0 if config.model_type == "bert" else int(config.pad_token_id) + 1
        places = np.broadcast_to(np.arange(first, first + seen.shape[1]), seen.shape)
        ids = np.stack([batch["input_ids"][seen], batch["token_type_ids"][seen], places[seen]]).astype(np.int64)
        words, types, positions = to_device(ids, self._device).unsqueeze(1)
        offsets = to_device(np.concatenate([[0], lengths.cumsum()]).astype(np.int32), self._device)
        texts = Spans(offsets=offsets, shortest=int(lengths.min()), longest=int(lengths.max()))
        marks = torch.arange(len(lengths) + 1, dtype=torch.int32, device=self._device)
        firsts = Spans(offsets=marks, shortest=1, longest=1)

        body = self.network.base_model
        states = body.embeddings(input_ids=words, token_type_ids=types, position_ids=positions)[0]
        *layers, last = body.encoder.layer
        for layer in layers:
            states = self._layer(layer, states, states, asked=texts, read=texts)
        states = self._layer(last, states[offsets[:-1]], states, asked=firsts, read=texts).unsqueeze(1)
        logits: torch.Tensor = self.network.classifier(states if body.pooler is None else body.pooler(states))
        return logits

    def _layer(self, layer: Any, own: torch.Tensor, others: torch.Tensor, *, asked: Spans, read: Spans) -> torch.Tensor:
        """States (tokens, size) of the tokens `own` behind a layer in which they attend to `others`."""
        attention = layer.attention.self
        shape = (-1, attention.num_attention_heads, attention.attention_head_size)
        query = attention.query(own).view(shape)
        key, value = attention.key(others).view(shape), attention.value(others).view(shape)
        mixed = self._attend(query, key, value, asked=asked, read=read).flatten(1)
        attended = layer.attention.output(mixed, own)
        states: torch.Tensor = layer.output(layer.intermediate(attended), attended)
        return states
