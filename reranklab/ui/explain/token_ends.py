"""Where tokens end in a text, by the tokenizer of one of the run's models."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.explain.edit_steps import TokenEnds
from reranklab.explain.spans import word_spans
from reranklab.models.device import device_lock, resolve_device
from reranklab.rankers.choice import choose_model
from reranklab.rankers.registry import FAMILIES, RankerSpec
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """A way of counting tokens. `words` says whose they are."""

    words: str
    ends: TokenEnds


def counting(subject: Subject) -> Counting:
    """By the first ranker of the run that has a tokenizer here, else by words."""
    for spec in subject.specs:
        if FAMILIES[spec.family].kinds and not spec.hosted:
            return Counting(words=f"as {ranker_name(subject, spec.id)} counts them", ends=_ends_of_model(spec, subject.device))
    return Counting(words="counted in words: no ranker of the run has a tokenizer here", ends=_ends_of_words)


def _ends_of_model(spec: RankerSpec, device: str) -> TokenEnds:
    def ends(text: str) -> list[int]:
        place = resolve_device(device)
        model = choose_model(spec, device=place).get()
        with device_lock(place.id).hold():
            encoded = model.tokenizer(
                text, add_special_tokens=False, truncation=False, verbose=False, return_offsets_mapping=True
            )
        return [end for start, end in encoded["offset_mapping"] if end > start]

    return ends


def _ends_of_words(text: str) -> list[int]:
    return [span.end for span in word_spans(text)]
