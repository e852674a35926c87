"""A pointwise ranker that counts words, with the faults that servers have."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from reranklab.errors import EndpointError
from reranklab.rankers.base import rank_by_score
from reranklab.rankers.explainable import ReadText
from reranklab.rankers.family import Capabilities, Capability
from reranklab.types import LOGIT, Document, Query

_TOKEN = re.compile(r"\[[A-Z]+\]|\w+|[^\w\s]")
_SPECIAL = re.compile(r"\[[A-Z]+\]|<[^>]+>")


@dataclass
class Counted:
    """Words of the query in the first `window` tokens of a pair, early ones more, and a little for every other word."""

    fault: str = ""
    window: int = 512
    asked: int = 0
    spec: Any = None

    @property
    def id(self) -> str:
        return f"counted {self.fault}".strip()

    @property
    def capabilities(self) -> Capabilities:
        return frozenset({Capability.POINTWISE, Capability.TOKENIZER})

    def load(self, **_: Any) -> None: ...

    def read_text(self, text: str, **_: Any) -> ReadText:
        return ReadText(text=text, ends=tuple(match.end() for match in _TOKEN.finditer(text)))

    def rank(self, query: Query, documents: Sequence[Document], **_: Any) -> Any:
        self.asked += 1
        scores = [self._faulty(query.text, document.text, alone=len(documents) == 1) for document in documents]
        if self.fault == "shuffled":
            scores = [*scores[1:], scores[0]]
        if self.fault == "order":
            scores = [score + 0.01 * place for place, score in enumerate(scores)]
        totals = [len(_TOKEN.findall(document.text)) for document in documents]
        room = self.window - 3 - len(_TOKEN.findall(query.text))
        items = rank_by_score(documents, scores, used=[min(total, room) for total in totals], total=totals, ranker=self.id)
        return SimpleNamespace(items=items, scale=LOGIT)

    def _faulty(self, query: str, document: str, *, alone: bool) -> float:
        match self.fault:
            case "":
                return self._score(query, _SPECIAL.sub(" ", document))
            case "swapped":
                return self._score(document, query)
            case "prefix":
                return self._score(f"query: {query}", f"passage: {document}")
            case "other model":
                return 12 * (zlib.crc32(f"{query} {document}".encode()) % 1000 / 1000)
            case "suffix":
                cut = len(_TOKEN.findall(query)) + len(_TOKEN.findall(document)) + 3 > self.window
                return self._score(query, document) - 2 * cut
            case "window 256":
                return self._score(query, document, window=256)
            case "end":
                tokens = [match.start() for match in _TOKEN.finditer(document)]
                room = self.window - 3 - len(_TOKEN.findall(query))
                return self._score(query, document[tokens[-room] :] if len(tokens) > room else document)
            case "refuses long":
                if len(_TOKEN.findall(document)) > self.window:
                    raise EndpointError("The service answered 413: too long.")
                return self._score(query, document)
            case "half":
                return self._rounded(self._score(query, document))
            case "half batches":
                return self._score(query, document) if alone else self._rounded(self._score(query, document))
            case "sigmoid":
                return 1 / (1 + math.exp(-self._score(query, document)))
            case "fifth":
                return 1 / (1 + math.exp(-self._score(query, document) / 5))
            case "linear":
                return 0.1 * self._score(query, document) + 3
            case "rounded":
                return round(self._score(query, document), 1)
            case "ascii":
                return self._score(query, document.encode("ascii", "ignore").decode())
        return self._score(query, document)

    def _rounded(self, score: float) -> float:
        """To 8 bits of mantissa."""
        mantissa, exponent = math.frexp(score)
        return math.ldexp(round(mantissa * 256) / 256, exponent)

    def _score(self, query: str, document: str, *, window: int | None = None) -> float:
        asked = _TOKEN.findall(query.lower())
        read = _TOKEN.findall(document.lower())[: (window or self.window) - 3 - len(asked)]
        total = 0.0
        for place, token in enumerate(read):
            worth = 2.0 if token in asked else 0.1 + 0.2 * (zlib.crc32(token.encode()) % 100 / 100)
            total += worth / (1 + place / 50)
        return total / math.sqrt(len(asked) + 1) - 3
