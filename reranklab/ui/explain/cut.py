"""Where in the text a model stopped reading."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.errors import InputError
from reranklab.llm.neutral import control_tokens, neutralise, neutralise_prompt_text
from reranklab.models.device import device_lock, resolve_device
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.choice import choose_model
from reranklab.rankers.registry import RankerSpec
from reranklab.types import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The text as the model got it, before and after the place where it stopped reading."""

    before: str
    after: str


def find_cut(
    spec: RankerSpec,
    document: Document,
    *,
    used: int,
    device: str,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Cut:
    """The place behind the first `used` tokens of the document. Raises InputError for a ranker whose tokenizer is not here."""
    if spec.family == "bm25" or spec.hosted:
        raise InputError(f"{spec.id} has no tokenizer here, so the place where it stopped reading is not known.")
    model = choose_model(spec, device=resolve_device(device)).get(cancel=cancel, progress=progress)
    with device_lock(model.device.id).hold():
        control = control_tokens(model.tokenizer)
        clean = neutralise_prompt_text if spec.family == "listwise-llm" else neutralise
        text = clean(document.content, control)
        encoded = model.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False, return_offsets_mapping=True)
    ends = [end for _, end in encoded["offset_mapping"]]
    place = ends[used - 1] if 0 < used <= len(ends) else 0
    return Cut(before=text[:place], after=text[place:].strip())
