"""A text as a model reads it by itself, and where its tokens end."""

from __future__ import annotations

from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import device_lock
from reranklab.models.loaded import LoadedModel
from reranklab.rankers.explainable import ReadText
from reranklab.rankers.traces import text_ends


def own_tokens(model: LoadedModel, text: str) -> ReadText:
    """See Tokenizes: the text with control tokens made harmless. Takes the device's lock."""
    with device_lock(model.device.id).hold():
        read = escape_control_tokens(text, control_tokens(model.tokenizer))
        return ReadText(text=read, ends=text_ends(model, read))
