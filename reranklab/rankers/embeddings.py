"""Sentence embeddings of texts, and their cache on disk by model and text."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.data.paths import cache_dir
from reranklab.errors import RerankLabError
from reranklab.models.clock import RunClock
from reranklab.models.loaded import LoadedModel
from reranklab.models.memory import memory_errors
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.batching import token_batches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLength:
    """Tokens of a text that reach the model, of all its tokens; the model's own frame and prefix are not counted. `unknown`
    says that one of them is the unknown token."""

    used: int
    total: int
    unknown: bool = False


def text_lengths(model: LoadedModel, texts: Sequence[str], *, prefix: str = "") -> list[TextLength]:
    """How much of each text fits into the window behind the prefix and the special tokens."""
    frame = len(model.tokenizer(prefix, truncation=False, verbose=False)["input_ids"])
    encoded = model.tokenizer(list(texts), add_special_tokens=False, truncation=False, padding=False, verbose=False)
    room = max(model.max_tokens - frame, 0)
    unknown = model.tokenizer.unk_token_id
    return [TextLength(used=min(len(ids), room), total=len(ids), unknown=unknown in ids) for ids in encoded["input_ids"]]


def embed(
    model: LoadedModel,
    texts: Sequence[str],
    lengths: Sequence[TextLength],
    *,
    prefix: str,
    batch_tokens: int,
    clock: RunClock,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """Unit vectors of the texts, float32 of shape (texts, dimensions), in the order given."""
    import numpy as np
    import torch

    batches = token_batches([length.used + 2 for length in lengths], budget=batch_tokens)
    vectors: list[Any] = [None] * len(texts)
    for done, batch in enumerate(batches):
        check_cancel(cancel)
        report(progress, done=done, total=len(batches), unit="batch")
        with clock.turn():
            with clock.stage("tokenise"):
                features = model.network.preprocess([prefix + texts[position] for position in batch])
                features = {
                    name: value.to(model.device.id) if torch.is_tensor(value) else value for name, value in features.items()
                }
            with clock.stage("compute"), memory_errors(model), torch.inference_mode():
                output = model.network(features)["sentence_embedding"].float()
                rows = torch.nn.functional.normalize(output, dim=1).cpu().numpy()
        for position, row in zip(batch, rows, strict=True):
            vectors[position] = row
    report(progress, done=len(batches), total=len(batches), unit="batch")
    return np.stack(vectors).astype(np.float32)


class EmbeddingCache:
    """Vectors of one model on disk, by the SHA-256 of the exact text. One SQLite file a model; safe between processes."""

    def __init__(self, model: LoadedModel, *, prefix: str) -> None:
        key = hashlib.sha256(f"{model.weights_sha256} {model.precision} {model.max_tokens} {prefix}".encode()).hexdigest()[:16]
        self._path = cache_dir() / "embeddings" / f"{Path(model.entry.id).name}-{key}.sqlite"

    def read(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The known vectors by text. A damaged file is removed: all that it held can be computed again."""
        import numpy as np

        found: dict[str, Vectors] = {}
        try:
            with self._open() as database:
                for text in dict.fromkeys(texts):
                    row = database.execute("SELECT vector FROM embedding WHERE text = ?", (_digest(text),)).fetchone()
                    if row is not None:
                        found[text] = np.frombuffer(row[0], dtype=np.float32)
        except sqlite3.DatabaseError:
            for path in (self._path, self._path.with_name(f"{self._path.name}-journal")):
                path.unlink(missing_ok=True)
            return {}
        return found

    def write(self, texts: Sequence[str], vectors: Vectors) -> None:
        with self._open() as database:
            rows = [(_digest(text), vector.tobytes()) for text, vector in zip(texts, vectors, strict=True)]
            database.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS embedding (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")
                yield database
        except (sqlite3.OperationalError, OSError) as error:
            raise RerankLabError(
                f"Embeddings cannot be kept in {self._path.parent} ({error}). Make room there, or set RERANKLAB_CACHE to "
                "another folder."
            ) from error


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()
