"""What the Train page shows and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.evaluate.drift import DEFAULT_MEASURE
from reranklab.train.change.before_after import BeforeAfter
from reranklab.train.distil.estimate import DistilEstimate
from reranklab.train.distil.fit import FitSettings
from reranklab.train.estimate import TrainingEstimate
from reranklab.train.losses import Loss
from reranklab.train.recipe import Recipe
from reranklab.train.sets.evaluations import Leaks
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.sets.own_test import TEST_SHARE
from reranklab.train.sets.soft import SoftTask
from reranklab.train.settings import TrainingSettings
from reranklab.ui.jobs import Job

_USUAL = TrainingSettings()


@dataclass(slots=True, kw_only=True)
class TrainState:
    """`tool` is an id. `follow` is the number of the training that this session began last, 0 for none; `model` the name of the
    trained model that is shown, "" for the newest."""

    tool: str = ""
    follow: int = 0
    model: str = ""
    problem: str = ""
    link_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a recipe comes to: the set that it gives, the loss that was chosen, and what the training will take."""

    recipe: Recipe
    training_set: TrainingSet
    loss: Loss
    estimate: TrainingEstimate


@dataclass(slots=True, kw_only=True)
class FineTuneState:
    """The form, the check at work, and what the last one gave. `test` and `held_back` are percent of the queries; `part` is
    what is trained ("all", "layers" or "adapters"), `layers` and `adapters` how many layers and of which rank."""

    open: bool = True
    source: str = ""
    split: str = ""
    test: int = round(100 * TEST_SHARE)
    evaluate_on: list[str] = field(default_factory=list)
    leave_out: bool = False
    base: str = ""
    name: str = ""
    negatives_by: list[str] = field(default_factory=list)
    negatives: int = 5
    loss: str = ""
    epochs: int = _USUAL.epochs
    steps: int = 0
    learning_rate: str = ""
    part: str = "all"
    layers: int = 4
    adapters: int = 8
    window: int = _USUAL.window
    documents: int = _USUAL.documents
    lists: int = _USUAL.lists
    evaluations: int = _USUAL.evaluations
    patience: int = _USUAL.patience
    held_back: int = 10
    seed: int = 0
    device: str = "cpu"
    problem: str = ""
    stopped: bool = False
    job: Job[Checked] | None = None
    done: Checked | None = None


@dataclass(slots=True, kw_only=True)
class ChangeState:
    """What is compared before and after training: `model` is the name of a trained model, "" for two that were named,
    `before` and `after`. `rule` is a kind of candidates and `depth` how many; `queries` 0 takes all; `margin` is in points.
    `of` is the model for which the other fields were filled in. `shown` is the collection whose scores are drawn, `listed` the
    one whose queries are listed; `asked` the query of a run that a click asked for."""

    model: str = ""
    of: str | None = None
    before: str = ""
    after: str = ""
    collections: list[str] = field(default_factory=list)
    rule: str = ""
    depth: int = 20
    queries: int = 50
    margin: float = 1.0
    criterion: str = "F1"
    measure: str = DEFAULT_MEASURE
    probes: bool = True
    shown: str = ""
    listed: str = ""
    asked: tuple[int, str] | None = None
    problem: str = ""
    stopped: bool = False
    job: Job[BeforeAfter] | None = None
    done: BeforeAfter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRecipe:
    """All that a student is made of: as `soft_task`, `label_softly` and `distil` take it. Where `test_share` is not 0, so many
    of the collection's own judged queries are kept for the test."""

    name: str
    teacher: str
    student: str
    source: str
    corpus: str | None
    split: str | None
    test_share: float
    evaluate_on: tuple[str, ...]
    leaks: Leaks
    depth: int
    queries: int | None
    held_back: float
    training: TrainingSettings
    fitting: FitSettings
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStudent:
    """What a student's recipe comes to: the lists that the teacher will score, and what all will take."""

    recipe: StudentRecipe
    task: SoftTask
    estimate: DistilEstimate


@dataclass(slots=True, kw_only=True)
class DistilState:
    """The form, the check at work, and what the last one gave. `kind` is one of `STUDENTS`; `test` and `held_back` are percent
    of the queries, `queries` 0 takes all."""

    open: bool = True
    source: str = ""
    split: str = ""
    corpus: str = ""
    test: int = round(100 * TEST_SHARE)
    evaluate_on: list[str] = field(default_factory=list)
    leave_out: bool = False
    teacher: str = ""
    name: str = ""
    kind: str = "layers"
    layers: int = 4
    dimensions: int = 128
    depth: int = 20
    queries: int = 0
    loss: str = ""
    epochs: int = 0
    window: int = _USUAL.window
    documents: int = _USUAL.documents
    lists: int = _USUAL.lists
    held_back: int = 10
    seed: int = 0
    device: str = "cpu"
    problem: str = ""
    stopped: bool = False
    job: Job[CheckedStudent] | None = None
    done: CheckedStudent | None = None
