"""Streamlit's server, which notes every ranking of the app: python -m benchmarks.app_server FILE run app.py"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reranklab.engine.events import Event, Failed, Finished, Started


def measured(run: Callable[..., None], *arguments: Any, emit: Callable[[Event], None], **options: Any) -> dict[str, Any]:
    """Do a run of the engine. Ranker to the milliseconds it reports and the processor seconds of the process meanwhile."""
    found: dict[str, Any] = {}
    begun = time.process_time()

    def hear(event: Event) -> None:
        nonlocal begun
        if isinstance(event, Started):
            begun = time.process_time()
        elif isinstance(event, Finished):
            found[event.ranker] = {"ms": event.ranking.timing.p50(), "processor": time.process_time() - begun}
        elif isinstance(event, Failed):
            raise event.error
        emit(event)

    run(*arguments, emit=hear, **options)
    return found


def _write_down(path: str) -> None:
    from reranklab.ui import ranking  # noqa: TID251 - this is the app, with its clock read

    run = ranking.run

    def noted(*arguments: Any, emit: Callable[[Event], None], **options: Any) -> None:
        found = measured(run, *arguments, emit=emit, **options)
        with Path(path).open("a", encoding="utf-8") as log:
            log.write(json.dumps(found) + "\n")

    ranking.run = noted


if __name__ == "__main__":
    from streamlit.web.cli import main  # noqa: TID251 - as above

    _write_down(sys.argv[1])
    main(sys.argv[2:], prog_name="streamlit")
