"""What a training needs before its first step: the model, the weights that are trained, and every row in its order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any

from reranklab.errors import InputError
from reranklab.extras import TRAIN
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import Device
from reranklab.models.store import StoredModel, ensure
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.train.catalogue import learner_of
from reranklab.train.held_back import chosen_lists
from reranklab.train.learner import Learner, Texts
from reranklab.train.losses import Loss, Rows, choose_loss
from reranklab.train.parts import Parts, choose_parts
from reranklab.train.rows import Row, epoch_rows, negatives_for_one, plan_rows
from reranklab.train.sets.examples import TrainingList, TrainingSet, check_set, digest_of_set
from reranklab.train.settings import TrainingSettings

_DEVICES = ("cpu", "cuda:0", "mps")
"""Where the trainers put a model by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A training ready to begin. `window` is how much the untrained model reads; `batch` is how many rows are read in one
    piece, `pieces` how many pieces a step has. `digest` is of all that decides the result."""

    spec: RankerSpec
    training_set: TrainingSet
    settings: TrainingSettings
    device: Device
    learner: Learner
    loss: Loss
    stored: StoredModel
    model: Any
    window: int
    parts: Parts
    rows: Sequence[Row]
    batch: int
    pieces: int
    held_back: tuple[TrainingList, ...]
    digest: str
    notes: tuple[str, ...]

    @property
    def steps(self) -> int:
        return ceil(len(self.rows) / (self.batch * self.pieces))

    @property
    def scored_steps(self) -> tuple[int, ...]:
        """After which steps the held-back lists are scored, beside the score before the first."""
        if not self.held_back:
            return ()
        every = max(self.steps // self.settings.evaluations, 1)
        return tuple(step for step in range(1, self.steps + 1) if step % every == 0 or step == self.steps)

    def make_loss(self) -> Any:
        return self.loss.make(self.model, negatives_for_one(self.training_set.lists))


def prepare(
    spec: RankerSpec,
    training_set: TrainingSet,
    settings: TrainingSettings,
    *,
    device: Device,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Load the model and lay out the rows. Raises InputError for what cannot be trained, LockedError, MissingPackageError, and
    what the store and the model's own loader raise."""
    check_unlocked(Lock.TRAINING, "Training a model", "Train on a machine of your own.")
    TRAIN.check("Training a model")
    if device.id not in _DEVICES:
        raise InputError(f"A model cannot be trained on {device.id}. Choose one of: {', '.join(_DEVICES)}.")
    check_set(training_set)
    learner = learner_of(spec)
    loss = choose_loss(learner.losses, training_set.labels, settings.loss)
    stored = ensure(model_entry(spec), cancel=cancel, progress=progress)
    check_cancel(cancel, "Stopped before the training began.")
    loader = spec.family.kinds[stored.entry.kind].load
    loaded = loader(stored, device=device, precision="fp32", allow_code=False)
    window, settings = loaded.max_tokens, replace(settings, window=min(settings.window, loaded.max_tokens))
    del loaded
    with stored.open(allow_code=False) as folder:
        model = learner.open(folder, settings.window, device.id)
    parts = choose_parts(model, settings)
    plan = plan_rows(training_set.lists, loss, documents=settings.documents)
    at_once = min(settings.at_once or learner.at_once or settings.lists, settings.lists)
    batch = at_once * settings.documents if loss.rows is Rows.PAIRS else at_once
    pieces = max(settings.lists // at_once, 1)
    reader = Reader(model, stored)
    rows: list[Row] = []
    for epoch in range(settings.epochs):
        rows += epoch_rows(plan, seed=settings.seed, epoch=epoch, query=reader.query, document=reader.document)
        if settings.steps and len(rows) >= settings.steps * batch * pieces:
            rows = rows[: settings.steps * batch * pieces]
            break
    if not rows:
        raise InputError(f"The loss {loss.id} finds no row in the lists: none has a document above its lowest label.")
    return Prepared(
        spec=spec,
        training_set=training_set,
        settings=settings,
        device=device,
        learner=learner,
        loss=loss,
        stored=stored,
        model=model,
        window=window,
        parts=parts,
        rows=rows,
        batch=batch,
        pieces=pieces,
        held_back=chosen_lists(training_set.held_back, most=settings.held_back, seed=settings.seed),
        digest=_digest(spec, training_set, settings, stored, rows),
        notes=(*training_set.notes, *plan.notes),
    )


class Reader:
    """Texts as the model reads them: control tokens are plain characters, and prefixes are those of its catalogue entry."""

    def __init__(self, model: Any, stored: StoredModel) -> None:
        self._entry = stored.entry
        self._tokens: tuple[str, ...] = ()
        with suppress(AttributeError):
            self._tokens = control_tokens(model.tokenizer)

    def query(self, text: str) -> str:
        return self._entry.query_prefix + escape_control_tokens(text, self._tokens)

    def document(self, text: str) -> str:
        return self._entry.document_prefix + escape_control_tokens(text, self._tokens)

    def texts(self, lists: Iterable[TrainingList]) -> list[Texts]:
        return [
            Texts(query=self.query(each.query.text), documents=tuple(self.document(each.content) for each in each.documents))
            for each in lists
        ]


def _digest(
    spec: RankerSpec, training_set: TrainingSet, settings: TrainingSettings, stored: StoredModel, rows: Sequence[Row]
) -> str:
    about = {
        "ranker": spec.id,
        "model": stored.sha256(stored.files.names),
        "settings": asdict(settings),
        "data": digest_of_set(training_set),
        "rows": len(rows),
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
