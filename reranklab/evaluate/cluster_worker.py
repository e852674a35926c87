"""What computes on a device of a cluster: one ranker after the other, each loaded once. Knows nothing of the cluster."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.engine.identity import computing_versions
from reranklab.engine.measure import measure
from reranklab.errors import RerankLabError
from reranklab.models.device import Device, resolve_device
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A device with what takes part in its scores: versions of Python and packages, by `computing_versions`. `host` is the
    machine."""

    device: Device
    versions: tuple[str, ...]
    host: str


class Worker:
    """Errors are given, not raised: what is raised here is a fault of the cluster."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._ranker: Ranker | None = None
        self._warm = False

    def facts(self) -> Facts | RerankLabError:
        """What it computes on."""
        try:
            with contained(f"The device {self._device}"):
                return Facts(device=resolve_device(self._device), versions=computing_versions(), host=platform.node())
        except RerankLabError as error:
            return error

    def prepare(self, ranker_id: str) -> RerankLabError | None:
        """Build and load a ranker, whose weights the machine fetches once. Gives why not, where it cannot be used."""
        self._ranker, self._warm = None, False
        try:
            with contained(ranker_id):
                ranker = build_ranker(ranker_id, device=self._device)
                ranker.load()
                self._ranker = ranker
        except RerankLabError as error:
            return error
        return None

    def rank(self, query: Query, documents: Sequence[Document], repeats: int) -> Ranking | RerankLabError:
        """The measured ranking by the prepared ranker, warmed up on its first query only."""
        try:
            with contained("The ranker"):
                if self._ranker is None:
                    raise RerankLabError("No ranker is loaded there. Start the evaluation again.")
                ranking = measure(self._ranker, query, documents, repeats=repeats, warm_up=not self._warm)
        except RerankLabError as error:
            return error
        self._warm = True
        return ranking
