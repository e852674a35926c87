"""Judging by a model of natural language inference: does the sentence follow from the chunk, or contradict it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reranklab.data.blank import is_blank
from reranklab.data.passages import passage_spans
from reranklab.errors import ScoreError
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.catalogue import find_model
from reranklab.models.device import device_lock, resolve_device
from reranklab.models.engines.transfer import to_device
from reranklab.models.entailment import ENTAILMENT, ENTAILMENT_KINDS, label_places
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.models.pool import POOL
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.batching import token_batches
from reranklab.rankers.estimate import Estimate
from reranklab.watch.support.evidence import MOST_PIECES, Piece, nearest
from reranklab.watch.support.judge import Spent
from reranklab.watch.support.languages import language_of
from reranklab.watch.support.verdict import Judgement, Verdict, over_chunks

PASSAGE_WORDS, OVERLAP_WORDS = 120, 40
"""Premises that models of this kind were trained on are short, and what a long one says in passing is lost."""
_BATCH_TOKENS = 8192
_VERDICTS = (Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.ABSENT)


class EntailmentJudge:
    """The chunk, in passages of 120 words (64 at most, by the words in common), is the premise and the sentence the hypothesis.
    A passage's verdict is the likeliest label, its confidence that label's probability; a chunk's is that of its passages
    together (see `over_chunks`).

    `model` is a catalogued entailment model, a folder, or a hub id. Raises InputError and what loading it raises.
    """

    def __init__(self, model: str, *, device: str = "cpu", precision: str = "fp32") -> None:
        self._entry = find_model(model, kinds=(ENTAILMENT,))
        self._device = resolve_device(device)
        self._precision = precision

    @property
    def id(self) -> str:
        return f"{ENTAILMENT}:{self._entry.id}"

    @property
    def spent(self) -> Spent:
        return Spent()

    def estimate(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> Estimate | None:
        return None

    def judge(
        self,
        sentence: str,
        chunks: Sequence[str],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Judgement, ...]:
        model = POOL.get(
            self._entry,
            ENTAILMENT_KINDS[ENTAILMENT].load,
            device=self._device,
            precision=self._precision,
            cancel=cancel,
            progress=progress,
        )
        with device_lock(model.device.id).hold(cancel), compute_failures(model):
            tokens = control_tokens(model.tokenizer)
            claim = escape_control_tokens(sentence, tokens)
            passages = [_passages(escape_control_tokens(chunk, tokens), claim) for chunk in chunks]
            if _fills_the_window(model, claim):
                reason = f"The sentence is too long for {self._entry.id}."
                return tuple(Judgement(verdict=Verdict.UNTOLD, reason=reason) for _ in chunks)
        rows = self._probabilities(model, [text for own in passages for text in own], claim, cancel, progress)
        judged = []
        for own in passages:
            each = [_judgement(row) for row in rows[: len(own)]]
            rows = rows[len(own) :]
            found = over_chunks(each) if each else Judgement(verdict=Verdict.ABSENT, confidence=1.0, reason="It has no text.")
            judged.append(replace(found, chunk=None))
        return tuple(judged)

    def _probabilities(
        self, model: LoadedModel, premises: list[str], claim: str, cancel: CancelSignal | None, progress: Progress | None
    ) -> list[list[float]]:
        """Of entailment, contradiction and neutral, for each premise. Takes the device's lock, a batch at a time."""
        import torch

        if not premises:
            return []
        places = list(label_places(model.network.config.id2label, model=self._entry.id))
        lock = device_lock(model.device.id)
        with lock.hold(cancel), compute_failures(model):
            encoded = model.tokenizer(
                premises, [claim] * len(premises), truncation="only_first", max_length=model.max_tokens, verbose=False
            )
        batches = token_batches([len(ids) for ids in encoded["input_ids"]], budget=_BATCH_TOKENS)
        rows: list[list[float]] = [[] for _ in premises]
        for done, batch in enumerate(batches):
            check_cancel(cancel, "Stopped before every sentence was judged.")
            report(progress, done=done, total=len(batches), unit="batch")
            with lock.hold(cancel), compute_failures(model), torch.inference_mode():
                features: Any = model.tokenizer.pad(
                    {name: [values[place] for place in batch] for name, values in encoded.items()}, return_tensors="np"
                )
                tensors = {name: to_device(values, model.device.id) for name, values in features.items()}
                chances = model.network(**tensors).logits.float().softmax(dim=-1)[:, places].cpu().tolist()
            for place, row in zip(batch, chances, strict=True):
                rows[place] = row
        if any(math.isnan(value) for row in rows for value in row):
            raise ScoreError(f"{self._entry.id} gave NaN in the place of probabilities. Use another precision or model.")
        return rows


def _passages(chunk: str, sentence: str) -> list[str]:
    """Of a long chunk those that have most words of the sentence."""
    if is_blank(chunk):
        return []
    spans = passage_spans(chunk, words=PASSAGE_WORDS, overlap=OVERLAP_WORDS)
    pieces = [Piece(text=span.of(chunk), single=True) for span in spans]
    return [piece.text for piece in nearest(pieces, sentence, language_of([sentence, chunk]), most=MOST_PIECES)]


def _fills_the_window(model: LoadedModel, claim: str) -> bool:
    """Whether the sentence leaves less than half of the window to the premise."""
    return 2 * len(model.tokenizer(claim, truncation=False, verbose=False)["input_ids"]) > model.max_tokens


def _judgement(row: Sequence[float]) -> Judgement:
    place = max(range(len(row)), key=lambda position: row[position])
    return Judgement(verdict=_VERDICTS[place], confidence=row[place])
