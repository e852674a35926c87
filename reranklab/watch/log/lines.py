"""The lines of log files, plain or gzipped, each with its place; and single lines again by their places."""

from __future__ import annotations

import gzip
import sys
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import IO, Any, cast

from reranklab.data.archive import grows_too_far, growth_limit
from reranklab.errors import InputError

LONGEST_LINE = 16 * 1024**2
_BUFFER = 1024**2
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class RawLine:
    """`file` counts from 0, `number` from 1 in its file, `offset` in bytes over all files one after the other, as they are
    unpacked. `ended` is False for a last line without a line end. `content` is None where the line is longer than
    LONGEST_LINE."""

    content: bytes | None
    file: int
    number: int
    offset: int
    ended: bool
    size: int


class FileEndsEarlyError(Exception):
    """A gzipped file that is damaged or not complete, from the line `number` of `file` on. Its text is why."""

    def __init__(self, why: str, *, file: int, number: int) -> None:
        super().__init__(why)
        self.file, self.number = file, number


def read_lines(
    paths: Sequence[Path], starts: list[int], *, told: Callable[[int], None] | None = None
) -> Iterator[RawLine | FileEndsEarlyError]:
    """Every line of the files, in their order. `starts` becomes the offset at which each begins, and `told` hears, every
    1,024 lines, how many bytes of the files as they lie on the disk are read. Where a gzipped file ends early the error is
    yielded and the next file follows. Raises InputError for a file that cannot be read, or unpacks to more than 100 times its
    size."""
    offset = before = 0
    for place, path in enumerate(paths):
        starts.append(offset)
        with opening(path), BufferedReader(FileIO(path), _BUFFER) as raw:
            stream = _unpacked(raw)
            number, most = 0, sys.maxsize if stream is raw or not raw.seekable() else growth_limit(path.stat().st_size)
            try:
                while line := stream.readline(LONGEST_LINE + 1):
                    number += 1
                    yield (one := _one(line, stream, place, number, offset, most=most))
                    offset += one.size
                    if (most := most - one.size) < 0:
                        raise grows_too_far(path.name)
                    if told is not None and number % 1024 == 0:
                        told(before + (raw.tell() if raw.seekable() else offset))
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                yield FileEndsEarlyError(str(error), file=place, number=number + 1)
            before += path.stat().st_size


def lines_at(paths: Sequence[Path], starts: Sequence[int], offsets: Sequence[int]) -> Mapping[int, bytes]:
    """The lines that begin at `offsets`. A gzipped file is unpacked from its beginning. Raises InputError for a file that
    cannot be read, or ends before an offset."""
    found: dict[int, bytes] = {}
    wanted: dict[int, list[int]] = {}
    for offset in sorted(set(offsets)):
        wanted.setdefault(bisect_right(starts, offset) - 1, []).append(offset)
    for place, inside in wanted.items():
        path = paths[place]
        with opening(path), path.open("rb") as raw:
            stream = _unpacked(raw)
            for offset in inside:
                try:
                    stream.seek(offset - starts[place])
                    line = stream.readline(LONGEST_LINE + 1)
                except (EOFError, zlib.error, gzip.BadGzipFile):
                    line = b""
                if not line:
                    raise InputError(f"{path.name} is shorter than when it was read. Read the log again.")
                found[offset] = line.removeprefix(_BOM) if offset == starts[place] else line
    return found


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """What the disk says against the file is an InputError."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror or error}). Check the path.") from error


def _unpacked(raw: BufferedReader[Any]) -> IO[bytes]:
    packed = raw.peek(2).startswith(b"\x1f\x8b")
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw


def _one(line: bytes, stream: IO[bytes], place: int, number: int, offset: int, *, most: int) -> RawLine:
    """The rest of a line that is too long is read, but no more than `most` bytes of it."""
    size = len(line)
    if size > LONGEST_LINE:
        while line and not line.endswith(b"\n") and size <= most:
            line = stream.readline(_BUFFER)
            size += len(line)
        return RawLine(None, place, number, offset, True, size)
    content = line.removeprefix(_BOM) if number == 1 else line
    return RawLine(content, place, number, offset, line.endswith(b"\n"), size)
