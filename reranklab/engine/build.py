"""Specs to rankers, those of stages too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.models.device import resolve_device
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import BuildContext, Ranker, RankerSpec

if TYPE_CHECKING:
    from reranklab.data.statistics import StatisticsSource
    from reranklab.services.endpoint import Endpoint


def build_ranker(
    ranker: str | RankerSpec,
    *,
    device: str = "cpu",
    statistics: StatisticsSource | None = None,
    endpoints: Sequence[Endpoint] = (),
) -> Ranker:
    """The ranker of an id on a device; nothing is loaded yet.

    `statistics` are those of a whole collection, for rankers that use them; without, the candidates are all there is.
    `endpoints` are for rankers that ask a service; without one of it the environment's is used.
    Raises InputError, DeviceError, ModelError, and MissingPackageError naming the extra to install.
    """
    resolved = resolve_device(device)

    def build(spec: RankerSpec) -> Ranker:
        spec.check_available()
        return spec.family.build(spec, BuildContext(device=resolved, build=build, statistics=statistics, endpoints=endpoints))

    return build(ranker if isinstance(ranker, RankerSpec) else parse_ranker_id(ranker))
