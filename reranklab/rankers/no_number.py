"""Why a model's score is no number."""

from __future__ import annotations

from reranklab.models.checkpoints import broken_weights
from reranklab.models.loaded import LoadedModel


def why_no_number(model: LoadedModel) -> str:
    """One sentence on the cause of a NaN or infinite score, and what to do. Looks at every weight."""
    import torch

    network = model.network
    was_checked = model.choice is not None
    if not was_checked and isinstance(network, torch.nn.Module) and (broken := broken_weights(network)):
        return (
            f"{broken} of the model's weight tensors hold NaN or infinity, so its file was damaged or saved like that: get "
            f"{model.entry.id} again, or use another model."
        )
    if model.precision in ("fp16", "bf16"):
        return f"The model overflows in {model.precision} on this input: try fp32 precision, or rank without this document."
    return "The model overflows on this input: rank without this document, or use another model."
