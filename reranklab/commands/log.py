"""The log of the command line: a file, so that a traceback is kept and never stands between the results."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reranklab.data.paths import cache_dir
from reranklab.errors import RerankLabError

_MOST_BYTES = 1_000_000


class LogFile(logging.Handler):
    """Appends to reranklab.log in the cache folder, or to stderr where that cannot be written. `path` is None until something
    was logged there. A full file becomes reranklab.log.old."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.path: Path | None = None

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{self.format(record)}\n"
        try:
            path = cache_dir() / "reranklab.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file() and path.stat().st_size > _MOST_BYTES:
                path.replace(path.with_name(f"{path.name}.old"))
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            self.path = path
        except (OSError, RuntimeError, RerankLabError):
            sys.stderr.write(text)


def log_to_stderr() -> None:
    """From here on: whoever runs a server looks for its log there."""
    logger = logging.getLogger("reranklab")
    for handler in [handler for handler in logger.handlers if isinstance(handler, LogFile)]:
        logger.removeHandler(handler)


@contextmanager
def log_file() -> Iterator[LogFile]:
    """Keep what the program logs while the block runs."""
    logger = logging.getLogger("reranklab")
    handler = LogFile()
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
