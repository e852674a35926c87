"""Specs to rankers, those of stages too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reranklab.models.device import resolve_device
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import BuildContext, Ranker, RankerSpec

if TYPE_CHECKING:
    from reranklab.data.statistics import StatisticsSource
    from reranklab.llm.endpoint import Endpoint


def build_ranker(
    ranker: str | RankerSpec,
    *,
    device: str = "cpu",
    statistics: StatisticsSource | None = None,
    endpoint: Endpoint | None = None,
) -> Ranker:
    """The ranker of an id on a device; nothing is loaded yet.

    `statistics` are those of a whole collection, for rankers that use them; without, the candidates are all there is.
    `endpoint` is for rankers that need one; without it the environment's is used.
    Raises InputError, DeviceError, ModelError, and MissingPackageError naming the extra to install.
    """
    place = resolve_device(device)

    def build(spec: RankerSpec) -> Ranker:
        spec.check_available()
        return spec.family.build(spec, BuildContext(device=place, build=build, statistics=statistics, endpoint=endpoint))

    return build(ranker if isinstance(ranker, RankerSpec) else parse_ranker_id(ranker))
