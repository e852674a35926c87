"""All that a training is made of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.data.beir import load_dataset
from reranklab.progress import CancelSignal, Progress
from reranklab.train.sets.evaluations import Leaks, load_judged
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.mining import Mining
from reranklab.train.sets.own_test import keep_for_test
from reranklab.train.sets.query_split import HELD_BACK
from reranklab.train.settings import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`ranker` is the id whose model is trained, `source` what `load_judged` takes, `split` None for its usual choice. Where
    `test_share` is not 0, so many of the split's own queries are kept for the test. The other fields are those of
    `judged_training_set` and `train`."""

    name: str
    ranker: str
    source: str
    split: str | None = None
    test_share: float = 0.0
    evaluate_on: tuple[str, ...] = ()
    leaks: Leaks = "refuse"
    held_back: float = HELD_BACK
    mining: Mining = field(default_factory=Mining)
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    device: str = "cpu"

    def training_set(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> TrainingSet:
        """The same for the same collection. Raises as `judged_training_set` and `keep_for_test` do."""
        seed = self.settings.seed
        if not self.test_share:
            return judged_training_set(
                self.source, split=self.split, mining=self.mining, evaluate_on=self.evaluate_on, leaks=self.leaks,
                held_back=self.held_back, seed=seed, device=self.device, cancel=cancel, progress=progress,
            )  # fmt: skip
        whole = load_judged(self.source, split=self.split, cancel=cancel, progress=progress)
        ours, test = keep_for_test(
            whole, share=self.test_share, seed=seed, device=self.device, cancel=cancel, progress=progress
        )
        others = [load_dataset(each, cancel=cancel, progress=progress) for each in self.evaluate_on if each != self.source]
        return judged_training_set(
            ours, mining=self.mining, evaluate_on=[test, *others], leaks=self.leaks, held_back=self.held_back, seed=seed,
            device=self.device, cancel=cancel, progress=progress,
        )  # fmt: skip
