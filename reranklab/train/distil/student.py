"""What a student is: less of its teacher, or another kind of ranker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from reranklab.errors import InputError
from reranklab.models.catalogue import list_models
from reranklab.rankers.catalogue import families
from reranklab.rankers.family import Family, RankerSpec
from reranklab.rankers.vectors.late_models import KIND as TOKEN_VECTORS
from reranklab.rankers.vectors.static_models import KIND as TOKEN_TABLE
from reranklab.train.settings import TrainingSettings

StudentKind = Literal["layers", "projection", "static", "whole"]
KINDS: tuple[StudentKind, ...] = get_args(StudentKind)

STUDENT_HELP: Mapping[StudentKind, str] = MappingProxyType(
    {
        "layers": "layers=N keeps the teacher's first N layers; layers=0,4,7,11 keeps those",
        "projection": "projection=D compares token vectors of an embedder in D dimensions; the embedder stays as it is",
        "static": "static weighs the tokens of a static embedding; static=vectors trains its vectors too",
        "whole": "whole trains the model of --base as it is, whatever kind it is",
    }
)
_DIMENSIONS = 128
_FEWER_LAYERS = TrainingSettings(epochs=6, learning_rate=3e-4)
"""Chosen on 40 held-back lists of SciFact's training queries, with 575 to train on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentPlan:
    """`layers` are how many of the teacher's are kept, or which. `dimensions` are those of a projection. `vectors`: whether a
    static student's vectors are trained beside their weights."""

    kind: StudentKind
    layers: int | tuple[int, ...] = 0
    dimensions: int = _DIMENSIONS
    vectors: bool = False

    @property
    def by_network(self) -> bool:
        """Whether its network is trained, as any model's is; the others are fitted in one go."""
        return self.kind in ("layers", "whole")

    @property
    def training(self) -> TrainingSettings:
        """The settings that suit a network where nobody chose."""
        return _FEWER_LAYERS if self.kind == "layers" else TrainingSettings()

    @property
    def words(self) -> str:
        """What it is, as it stands in a card."""
        match self.kind:
            case "layers":
                which = self.layers if isinstance(self.layers, int) else f"numbers {', '.join(map(str, self.layers))} (from 0)"
                return f"a student with {which} of the layers"
            case "projection":
                return f"a late-interaction student of {self.dimensions} dimensions"
            case "whole":
                return "a student with all that it began with trained"
        return f"a static student, its token weights{' and vectors' if self.vectors else ''} trained"


def parse_student(text: str) -> StudentPlan:
    """What `--student` takes. Raises InputError for anything else."""
    name, _, value = text.strip().partition("=")
    try:
        if name == "layers":
            numbers = tuple(int(part) for part in value.split(","))
            return StudentPlan(kind="layers", layers=numbers if len(numbers) > 1 else numbers[0])
        if name == "projection":
            return StudentPlan(kind="projection", dimensions=int(value) if value else _DIMENSIONS)
        if name == "static" and value in ("", "vectors"):
            return StudentPlan(kind="static", vectors=bool(value))
        if name == "whole" and not value:
            return StudentPlan(kind="whole")
    except ValueError:
        pass
    raise InputError(f"There is no student {text!r}. Give one of: {'; '.join(STUDENT_HELP.values())}.")


def student_base(plan: StudentPlan, teacher: RankerSpec, base: RankerSpec | None) -> RankerSpec:
    """The ranker whose weights the student begins with, where `base` does not name one: the teacher itself for fewer layers,
    the embedded embedder for a projection, the embedded static embedding for a static student.

    Raises InputError where the teacher has no model of its own and none is named.
    """
    if base is not None:
        return base
    if plan.kind == "whole":
        raise InputError("A student that is trained whole begins with another ranker than its teacher. Name it with --base.")
    if plan.kind == "layers":
        if not teacher.family.kinds:
            raise InputError(f"{teacher.id} has no model of its own whose layers could be kept. Name one with --base.")
        return RankerSpec(family=teacher.family, model=teacher.model or teacher.family.default_model)
    if plan.kind == "projection":
        family = _family_of(TOKEN_VECTORS)
        return RankerSpec(family=family, model=family.default_model)
    entry = next(entry for entry in list_models() if entry.kind == TOKEN_TABLE)
    return RankerSpec(family=_family_of(TOKEN_TABLE), model=entry.id)


def student_family(plan: StudentPlan, base: RankerSpec) -> Family:
    """The family that runs the student."""
    return _family_of(TOKEN_VECTORS) if plan.kind == "projection" else base.family


def _family_of(kind: str) -> Family:
    return next(family for family in families().values() if kind in family.kinds)
