"""The boundary around what may raise anything: a ranker, an analysis, a command. One sentence leaves it, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from reranklab.errors import RerankLabError

_logger = logging.getLogger(__name__)


@contextmanager
def contained(what: str, *, through: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Let errors of RerankLab through and raise one in the place of any other, whose traceback goes to the log.

    `what` begins the sentence, such as a ranker's id. A checkpoint's own code may even ask the process to end: that is its
    failure too. KeyboardInterrupt, which is the user's, passes, and so does what is `through`.
    """
    passing: tuple[type[Exception], ...] = (RerankLabError, *through)
    try:
        yield
    except passing:
        raise
    except (Exception, SystemExit) as error:
        raise unexpected(error, what) from error


def unexpected(error: Exception | SystemExit, what: str) -> RerankLabError:
    """Log an error that is no RerankLabError, and give one that can be shown. Call it while handling the error."""
    _logger.exception("%s failed", what)
    if isinstance(error, MemoryError):
        return RerankLabError(f"{what} ran out of memory (MemoryError). Use fewer or shorter documents, or a smaller model.")
    return RerankLabError(f"{what} failed in a way RerankLab does not know ({type(error).__name__}). The log has the details.")
