"""Why a line of a log is no request that can be counted, and what is odd about those that are, with how often and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reranklab.watch.log.columns import Places

_SHOWN = 3


class Reason(StrEnum):
    """Why an entry was left out. The value is how it is said of one."""

    BLANK = "blank"
    ENCODING = "not UTF-8"
    BROKEN = "not valid JSON"
    CUT = "cut off where the file ends"
    TOO_LONG = "too long"
    NO_OBJECT = "no JSON object"
    SCHEMA = "in an unknown schema"
    FIELD = "with a field of the wrong kind"
    UNEVEN = "with lists that do not fit each other"
    NO_CANDIDATES = "without candidates"
    NO_TIME = "without a time"
    UNREADABLE_TIME = "with a time that cannot be read"
    EARLY_TIME = "dated before the year 2000"
    LATE_TIME = "dated in the future"
    REPEATED = "a repetition: the same id at the same time"
    NO_SPAN = "an export without spans"
    OTHER_SPAN = "a span of something else than reranking"
    SEARCH_SPAN = "a span of a search, which is read only when asked for"
    FAILED_SPAN = "a reranking that ended in an error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an entry is no request. `example` names the field or the place and holds nothing of a text."""

    reason: Reason
    example: str = ""


class Remark(StrEnum):
    """What is odd about requests that were read all the same. The value is how it is said: "N requests with ..."."""

    NO_ZONE = "a time without a zone, taken as UTC"
    MILLISECONDS = "a time in milliseconds since 1970"
    MICROSECONDS = "a time in microseconds since 1970"
    NANOSECONDS = "a time in nanoseconds since 1970"
    BACKWARDS = "a time well before that of the line above: a clock that went back, or files joined out of order"
    NO_MILLISECONDS = "no time that the reranking took"
    BAD_MILLISECONDS = "negative or infinite milliseconds, left out"
    NO_SCORES = "no scores"
    BAD_SCORES = "scores that are not finite, left out"
    BAD_COUNTS = "negative tokens or characters, left out"
    NO_QUERY = "no query"
    EMPTY = "an empty list of candidates"
    SAME_CANDIDATE = "the same candidate twice"
    SHARED_ID = "the id of another request at another time"
    NO_ANSWER = "no answer, where others have one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often there was a reason or a remark, and the first places: "line 3", with the file where there are several.
    `example` is what was said of the first; it holds nothing of a text."""

    what: Reason | Remark
    number: int
    places: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCounts:
    """What a log was made of. Every line is one entry, and one that holds several spans is as many. `entries` is the sum of
    `read` and the numbers of `left_out`."""

    lines: int
    entries: int
    read: int
    left_out: tuple[Count, ...] = ()
    remarks: tuple[Count, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """All of it in plain sentences, what was left out first."""
        spans = f" ({self.entries:,} entries)" if self.entries != self.lines else ""
        first = f"{_number(self.lines, 'line')}{spans}: {_number(self.read, 'request')} read."
        entry = "line" if self.entries == self.lines else "entry"
        left = (f"{_number(each.number, entry)} left out: {each.what.value}{_places(each)}." for each in self.left_out)
        odd = (f"{_number(each.number, 'request')} with {each.what.value}{_places(each)}." for each in self.remarks)
        return (first, *left, *odd)


class Tally:
    """Counts while a log is read. `files` are the names of its files."""

    def __init__(self, files: Sequence[str]) -> None:
        self.lines = self.entries = self.read = 0
        self._files = files
        self._numbers: dict[Reason | Remark, int] = {}
        self._places: dict[Reason | Remark, list[str]] = {}
        self._examples: dict[Reason | Remark, str] = {}

    def add(self, what: Reason | Remark, file: int, line: int, example: str = "") -> None:
        """One more, found in that line, from 1, of that file, from 0."""
        self._numbers[what] = self._numbers.get(what, 0) + 1
        places = self._places.setdefault(what, [])
        place = f"line {line:,}" if len(self._files) == 1 else f"{self._files[file]} line {line:,}"
        if len(places) < _SHOWN and place not in places:
            places.append(place)
            self._examples.setdefault(what, example)

    def add_all(self, what: Reason | Remark, where: Places) -> None:
        """As many more as `where` has rows of file and line."""
        for file, line in where[:_SHOWN].tolist():
            self.add(what, file, line)
        self.add_many(what, len(where[_SHOWN:]))

    def add_many(self, what: Reason | Remark, number: int) -> None:
        """So many more, of which no place is told."""
        if number:
            self._numbers[what] = self._numbers.get(what, 0) + number

    def counts(self) -> LogCounts:
        return LogCounts(
            lines=self.lines,
            entries=self.entries,
            read=self.read,
            left_out=self._of(Reason),
            remarks=self._of(Remark),
        )

    def _of(self, kinds: Iterable[Reason | Remark]) -> tuple[Count, ...]:
        return tuple(
            Count(
                what=what,
                number=self._numbers[what],
                places=tuple(self._places.get(what, ())),
                example=self._examples.get(what, ""),
            )
            for what in kinds
            if self._numbers.get(what)
        )


def _number(number: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


def _places(count: Count) -> str:
    if not count.places:
        return ""
    more = ", ..." if count.number > len(count.places) else ""
    example = f": {count.example}" if count.example else ""
    return f" ({', '.join(count.places)}{more}{example})"
