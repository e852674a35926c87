"""`reranklab app` with work that goes on: a job that ends when it is told to, and a ranker that computes for an hour.

Usage: python -m tests.faults.busy_server FOLDER app ... The first job writes FOLDER/told once it is told to stop.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from reranklab.cli import main
from reranklab.progress import CancelSignal
from reranklab.rankers.catalogue import add_family
from reranklab.rankers.scorer import scorer_family
from reranklab.ui.jobs import Emit, Job

FOLDER = Path(sys.argv[1])


def wait(cancel: CancelSignal, emit: Emit) -> None:
    while not cancel.is_set():
        time.sleep(0.02)
    (FOLDER / "told").write_text("stop", encoding="utf-8")


def score(query: str, texts: Sequence[str]) -> list[float]:
    logging.getLogger("reranklab.busy").error("It will take an hour.")
    (FOLDER / "ranking").write_text("begun", encoding="utf-8")
    time.sleep(3600)
    return [0.0] * len(texts)


if __name__ == "__main__":
    add_family(scorer_family("endless", score))
    job = Job(wait)
    sys.exit(main(sys.argv[2:]))
