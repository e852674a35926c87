"""The cluster over which a command spreads its work."""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import IO, TYPE_CHECKING, Any, cast

from reranklab.commands.terminal import complain
from reranklab.progress import CancelSignal, Progress

if TYPE_CHECKING:
    from reranklab.evaluate.cluster import Cluster


_logger = logging.getLogger(__name__)


def add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ray", metavar="ADDRESS", help="spread the queries over a Ray cluster; --device is cpu or cuda then")


def check_cluster(address: str | None) -> None:
    """Raise MissingPackageError, before anything else is done, where a cluster is named and Ray is not installed."""
    from reranklab.extras import RAY

    if address is not None:
        RAY.check("--ray")


@contextmanager
def cluster_at(
    address: str | None, *, device: str, cancel: CancelSignal, progress: Progress | None
) -> Iterator[Cluster | None]:
    """The devices of the cluster, where one is named; says on stderr what they are.

    What Ray itself prints, on threads of its own, goes to the log: stdout is the command's.
    """
    if address is None:
        yield None
        return
    from reranklab.evaluate.cluster import Cluster

    settings: dict[str, Any] = {"device": device, "warn": complain, "cancel": cancel, "progress": progress}
    with redirect_stdout(cast(IO[str], _OfOneThread(sys.stdout))), Cluster(address, **settings) as cluster:
        count = "1 device" if cluster.size == 1 else f"{cluster.size} devices"
        complain(f"The Ray cluster has {count} for it: {cluster.device.name}.")
        yield cluster


class _OfOneThread:
    """A stream as the thread has it that makes this; what other threads write goes to the log."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._owner = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._owner:
            return int(self._stream.write(text))
        if text.strip():
            _logger.info("%s", text.rstrip())
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
