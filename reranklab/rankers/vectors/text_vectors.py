"""One text as an embedding model reads it: the vector of the whole, and those of its tokens."""

from __future__ import annotations

from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.rankers.explainable import TextVectors
from reranklab.rankers.traces import trace_text


def read_vectors(model: LoadedModel, text: str, *, prefix: str) -> TextVectors:
    """One pass over `prefix` and the text, control tokens in it escaped. Takes the device's lock."""
    import torch

    with device_lock(model.device.id).hold(), compute_failures(model), torch.inference_mode():
        read = escape_control_tokens(text, control_tokens(model.tokenizer))
        _, tokens = trace_text(model, read, prefix=prefix)
        features = model.network.preprocess([prefix + read])
        output = model.network({name: value.to(model.device.id) for name, value in features.items() if torch.is_tensor(value)})
        sentence = torch.nn.functional.normalize(output["sentence_embedding"].float(), dim=1)[0]
        states = output["token_embeddings"][0, : len(tokens)].float()
    return TextVectors(
        text=read,
        tokens=tokens,
        states=states.cpu().numpy(),
        sentence=sentence.cpu().numpy(),
        mean_pooled=_mean_pooled(model),
    )


def _mean_pooled(model: LoadedModel) -> bool:
    """Whether the sentence vector is the mean over all tokens, perhaps normalised, and nothing else."""
    _, pooling, *others = model.network
    return getattr(pooling, "pooling_mode", "") == "mean" and all(type(module).__name__ == "Normalize" for module in others)
