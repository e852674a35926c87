"""Which model a ranker's spec names, held until the model itself is needed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reranklab.errors import InputError
from reranklab.extras import MODELS, Extra
from reranklab.models.catalogue import CatalogueEntry, find_model
from reranklab.models.device import Device
from reranklab.models.loaded import LoadedModel, Loader
from reranklab.models.pool import POOL
from reranklab.models.store import ensure, is_stored
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, RankerSpec

REMOTE_CODE = Option(
    name="remote_code",
    default="refuse",
    choices=("refuse", "allow"),
    help="Run Python code that the checkpoint brings along. Allow it only for a model whose code you have read.",
)
BATCH_TOKENS = Option(
    name="batch_tokens",
    default="8192",
    help="Most tokens in one batch, padding counted. 1 to 1048576; 1 is one text at a time, so that no score depends on the "
    "texts beside it, not even in its last digits.",
)
PRECISION_HELP = "Number format of the weights and the arithmetic."
TIER = "tier"
BY_TIER = "by tier"
"""The precision of a family that has tiers, where none is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReference:
    """A model on a device in a precision, or a tier. `allow_code` lets the checkpoint's own Python run."""

    entry: CatalogueEntry
    device: Device
    precision: str
    load: Loader
    allow_code: bool = False

    def get(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> LoadedModel:
        """The shared model, fetched and loaded where it is not in memory."""
        return POOL.get(
            self.entry,
            self.load,
            device=self.device,
            precision=self.precision,
            allow_code=self.allow_code,
            cancel=cancel,
            progress=progress,
        )


def needs_models(spec: RankerSpec) -> Extra:
    """What every ranker with a model needs."""
    return MODELS


def model_entry(spec: RankerSpec) -> CatalogueEntry:
    """What is known of the spec's model, or of its family's default. Raises InputError for one that cannot be used."""
    return find_model(spec.model or spec.family.default_model, kinds=tuple(spec.family.kinds))


def refer(spec: RankerSpec, *, device: Device) -> ModelReference:
    """The model of a spec. Raises InputError where it has no weights of that precision."""
    entry = model_entry(spec)
    precision = asked_precision(spec)
    if precision == "int8" and not entry.onnx_int8:
        raise InputError(f"{entry.id} brings no int8 ONNX file. Use fp32, fp16 or bf16.")
    return ModelReference(
        entry=entry,
        device=device,
        precision=precision,
        load=spec.family.kinds[entry.kind].load,
        allow_code=_allows_code(spec),
    )


def asked_precision(spec: RankerSpec) -> str:
    """The precision that a spec names, or else its tier. Raises InputError where it names both."""
    precision = spec.option("precision")
    if precision != BY_TIER:
        if spec.family.has_option(TIER) and TIER in spec.options and spec.option(TIER) != spec.family.option(TIER).default:
            raise InputError(
                f"{spec.family.id}: tier={spec.option(TIER)} and precision={precision} do not go together. Set one of them."
            )
        return precision
    return spec.option(TIER)


def missing_models(spec: RankerSpec) -> tuple[RankerSpec, ...]:
    """Of the spec and its stages, those whose model is neither in memory nor on disk. Raises InputError as `model_entry`."""
    if spec.can(Capability.HOSTED):
        return ()
    missing = [each for stage in spec.stages for each in missing_models(stage)]
    if spec.family.kinds:
        entry = model_entry(spec)
        loaded = any((key.id, key.revision) == (entry.id, entry.revision) for key in POOL.loaded())
        missing += [] if loaded or is_stored(entry) else [spec]
    return tuple(missing)


def fetch_model(spec: RankerSpec, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
    """Put the spec's model on disk, without loading it. Raises what the store raises."""
    ensure(model_entry(spec), allow_code=_allows_code(spec), cancel=cancel, progress=progress)


def runs_code(spec: RankerSpec) -> bool:
    """Whether it, or one of its stages, lets a checkpoint's own code run."""
    return spec.options.get(REMOTE_CODE.name) == "allow" or any(map(runs_code, spec.stages))


def _allows_code(spec: RankerSpec) -> bool:
    return spec.option(REMOTE_CODE.name) == "allow"


def other_precisions(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    """The other precisions that the spec's model has on the device, and one text at a time where it reads batches."""
    found = []
    for precision in spec.family.option("precision").choices:
        changed = spec.with_options(precision=precision)
        if (
            changed.id == spec.id
            or precision == BY_TIER
            or (precision == "fp16" and device == "cpu")
            or (precision == "int8" and device != "cpu")
        ):
            continue
        if precision == "int8" and not model_entry(spec).onnx_int8:
            continue
        found.append(changed)
    if spec.family.has_option(BATCH_TOKENS.name) and spec.option(BATCH_TOKENS.name) != "1":
        found.append(one_at_a_time(spec))
    return tuple(found)


def in_float32(spec: RankerSpec) -> RankerSpec:
    """The spec in float32 and its family's own tier, batches as usual; itself where it is that."""
    given_up = {name for name in (TIER, "precision") if spec.family.has_option(name)}
    given_up = {name for name in given_up if spec.option(name) not in (spec.family.option(name).default, "fp32")}
    if not given_up:
        return spec
    left_out = (TIER, "precision", BATCH_TOKENS.name)
    return replace(spec, options={name: value for name, value in spec.options.items() if name not in left_out})


def one_at_a_time(spec: RankerSpec) -> RankerSpec:
    """The spec that reads one text in a batch."""
    return spec.with_options(batch_tokens="1")
