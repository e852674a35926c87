"""Sentence-transformers' trainers with this project's checkpoints, order and history in the place of their own."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

from reranklab.engine.turns import TURNS
from reranklab.errors import Cancelled, ModelError
from reranklab.models.device import FairLock
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.train.checkpoints import (
    COURSE,
    best_folder,
    forget_older,
    read_weights,
    step_folder,
    whole_folder,
    write_weights,
)
from reranklab.train.held_back import score_held_back
from reranklab.train.history import Course, HeldBackScore, StepLoss
from reranklab.train.prepare import Prepared, Reader
from reranklab.train.settings import BF16

SAVE_SECONDS = 300.0
"""A checkpoint is written at least so often, and after each held-back score."""
_LISTS_A_TURN = 8

one_at_a_time = FairLock()
"""Held for a whole training: the trainers keep what they are in variables of the process."""


class Work:
    """What happens around the steps of one training: turns, scores, checkpoints, progress, and its end.

    A step takes its turn among the measured runs of the process (`engine/turns.py`) as they do: none is disturbed by it, and
    each waits for one step at most.
    """

    def __init__(
        self,
        prepared: Prepared,
        folder: Path,
        course: Course,
        *,
        seen: Callable[[Course], None] | None = None,
        cancel: CancelSignal | None,
        progress: Progress | None,
        label: str,
    ) -> None:
        self._seen = seen
        self.prepared, self.folder, self.course = prepared, folder, course
        self.cancelled = False
        self.cancel, self._progress, self._label = cancel, progress, label
        self._turn = ExitStack()
        self.began = self._saved = time.perf_counter()
        self._loss = 0.0
        self._scored = frozenset(prepared.scored_steps)

    def begin_step(self, step: int) -> None:
        """`step` counts from 0. Raises Cancelled while it waits for its turn."""
        import torch

        self._turn.enter_context(TURNS.take(cancel=self.cancel, progress=self._progress))
        torch.manual_seed((self.prepared.settings.seed << 24) + step)
        self.began, self._loss = time.perf_counter(), 0.0

    def saw_loss(self, loss: float) -> None:
        """The loss of a piece of the step, divided by the number of pieces. Raises ModelError for no number."""
        if not math.isfinite(loss):
            raise ModelError(
                f"The loss is {loss} at step {len(self.course.losses) + 1}: the weights ran away. Lower the learning rate, or "
                "train in fp32."
            )
        self._loss += loss

    def end_step(self, step: int) -> tuple[bool, bool]:
        """After `step` steps: whether a checkpoint is due, and whether the training ends here."""
        self.leave_turn()
        self.course.losses.append(StepLoss(step=step, loss=self._loss, seconds=time.perf_counter() - self.began))
        total = self.prepared.steps
        report(self._progress, done=step, total=total, unit="step", label=self._label)
        self._tell()
        self.cancelled = self.cancel is not None and self.cancel.is_set()
        due = step in self._scored
        if due and not self.cancelled:
            self.score(step)
        late = time.perf_counter() - self._saved > SAVE_SECONDS
        tired = self.course.without_rise >= self.prepared.settings.patience
        return due or late or self.cancelled or step == total, self.cancelled or (due and tired)

    def catch_up(self) -> None:
        """Score the held-back lists where the training was stopped before it came to that."""
        step = self.course.losses[-1].step
        if step in self._scored and all(each.step != step for each in self.course.scores):
            self.score(step)

    def score(self, step: int) -> None:
        """Score the held-back lists, and keep the weights where they are the best so far. Raises Cancelled between lists."""
        lists = self.prepared.held_back
        if not lists:
            return
        start, texts, scores = time.perf_counter(), Reader(self.prepared.model, self.prepared.stored).texts(lists), []
        for first in range(0, len(texts), _LISTS_A_TURN):
            check_cancel(self.cancel)
            with TURNS.take(cancel=self.cancel, progress=self._progress), half(self.prepared):
                scores += self.prepared.learner.score(self.prepared.model, texts[first : first + _LISTS_A_TURN])
        found = score_held_back(lists, scores, self.prepared.training_set.labels)
        self.course.scores.append(HeldBackScore(step=step, score=found, seconds=time.perf_counter() - start))
        self._tell()
        if step and self.course.best == self.course.scores[-1]:
            with whole_folder(best_folder(self.folder, step)) as work:
                write_weights(self.prepared.model, work)

    def save(self, step: int, write: Callable[[Path], None]) -> None:
        """A checkpoint; `write` puts the trainer's own state into it."""
        import json

        with whole_folder(step_folder(self.folder, step)) as work:
            write_weights(self.prepared.model, work)
            write(work)
            (work / COURSE).write_text(json.dumps(self.course.to_json()), encoding="utf-8")
        best = self.course.best
        forget_older(self.folder, step=step, best=best.step if best else None)
        self._saved = time.perf_counter()

    @property
    def is_saved(self) -> bool:
        """Whether the last step has its checkpoint."""
        return bool(self.course.losses) and step_folder(self.folder, self.course.losses[-1].step).exists()

    def check_cancelled(self) -> None:
        """Raise Cancelled where that was why the steps ended."""
        if self.cancelled:
            raise Cancelled("Stopped between two steps.")

    def _tell(self) -> None:
        if self._seen is not None:
            self._seen(Course(losses=list(self.course.losses), scores=list(self.course.scores)))

    def leave_turn(self) -> None:
        self._turn.close()


def half(prepared: Prepared) -> Any:
    """A context that computes in bfloat16 where the training does."""
    import torch

    if prepared.settings.precision != BF16:
        return nullcontext()
    return torch.autocast(prepared.device.id.partition(":")[0], dtype=torch.bfloat16)


def _is_routed(model: Any) -> bool:
    """Whether queries go another way through the model than documents."""
    return any(type(module).__name__ in ("Router", "Asym") for module in model.children())


def make_trainer(prepared: Prepared, work: Work, folder: Path) -> Any:
    """A trainer whose steps `work` looks after. Call it inside of `quietly()`."""
    from datasets import Dataset
    from torch.utils.data import BatchSampler, SequentialSampler
    from transformers import PrinterCallback, ProgressCallback, TrainerCallback
    from transformers.trainer import TRAINER_STATE_NAME

    base, arguments = prepared.learner.trainer()

    class Watched(base):  # type: ignore[misc, valid-type]
        """Rows come in the order they stand in; a checkpoint is whole or not there."""

        def add_model_card_callback(self, default_args_dict: Any) -> None:
            """None: this project writes the card."""

        def get_batch_sampler(self, dataset: Any, batch_size: int, drop_last: bool, **kwargs: Any) -> Any:
            return BatchSampler(SequentialSampler(dataset), batch_size, drop_last)

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(*args, **kwargs)
            work.saw_loss(float(loss))
            return loss

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            def write(folder: Path) -> None:
                self._save_optimizer_and_scheduler(str(folder))
                self._save_rng_state(str(folder))
                self.state.save_to_json(str(folder / TRAINER_STATE_NAME))

            work.save(self.state.global_step, write)

        def save_checkpoint(self) -> None:
            self._save_checkpoint(self.model, None)

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            read_weights(self.model, Path(resume_from_checkpoint))

    class Steps(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            work.begin_step(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            save, stop = work.end_step(state.global_step)
            control.should_save = save
            control.should_training_stop = control.should_training_stop or stop

    settings = prepared.settings
    columns = {name: "query" if name == "query" else "document" for name in prepared.rows[0] if name != "label"}
    prompts = prepared.learner.prompts(prepared.model)
    given = arguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=prepared.batch,
        gradient_accumulation_steps=prepared.pieces,
        learning_rate=settings.learning_rate or prepared.learner.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=round(settings.warmup * prepared.steps),
        lr_scheduler_type="linear",
        bf16=settings.precision == BF16,
        use_cpu=prepared.device.id == "cpu",
        seed=settings.seed,
        data_seed=settings.seed,
        report_to=[],
        disable_tqdm=True,
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        dataloader_pin_memory=False,
        prompts={name: prompts[task] for name, task in columns.items() if task in prompts} or None,
        router_mapping=columns if _is_routed(prepared.model) else None,
    )
    given._n_gpu = min(given.n_gpu, 1)  # else one of several GPUs would be joined by the others
    trainer = Watched(
        model=prepared.model,
        args=given,
        train_dataset=Dataset.from_list(list(prepared.rows)),
        loss=prepared.make_loss(),
        callbacks=[Steps()],
    )
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    return trainer
