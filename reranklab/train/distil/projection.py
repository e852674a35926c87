"""A late-interaction student: token vectors of an embedder, brought to fewer dimensions by a matrix that is trained.

(Khattab and Zaharia, "ColBERT", 2020.) The matrix begins with the directions in which the token vectors are longest, so that
the student begins as the embedder's own token vectors compare, as far as so many dimensions hold it. Special tokens count
neither in queries nor in documents, as where an embedder's token vectors are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reranklab.errors import InputError
from reranklab.train.distil.token_vectors import TokenVectors

if TYPE_CHECKING:
    import torch

_SAMPLE = 50_000


def projection_student(embedder: Any, *, dimensions: int, prompts: Mapping[str, str] = MappingProxyType({})) -> Any:
    """A MultiVectorEncoder over the encoder of a SentenceTransformer. Its matrix is nothing yet: give it one with `put_matrix`.

    `prompts` are what stands before a "query" and a "document". Raises InputError for dimensions that are not 1 to the
    encoder's own.
    """
    from sentence_transformers import MultiVectorEncoder
    from sentence_transformers.base.modules import Dense, Normalize
    from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
    from torch import nn

    size = int(embedder.transformers_model.config.hidden_size)
    if not 1 <= dimensions <= size:
        raise InputError(f"{dimensions} dimensions do not work: the token vectors of this embedder have {size}.")
    tokenizer = embedder.tokenizer
    frame = [token for token in (tokenizer.cls_token, tokenizer.sep_token, tokenizer.bos_token, tokenizer.eos_token) if token]
    return MultiVectorEncoder(
        modules=[
            embedder[0],
            Dense(size, dimensions, bias=False, activation_function=nn.Identity(), module_input_name="token_embeddings"),
            MultiVectorMask(list(dict.fromkeys(frame)), skiplist_tasks=["query", "document"]),
            Normalize(module_input_name="token_embeddings"),
        ],
        prompts={task: prompt for task, prompt in prompts.items() if prompt},
        device=str(embedder.device),
    )


def put_matrix(model: Any, matrix: torch.Tensor) -> None:
    """Make `matrix` (dimensions, size) the student's projection."""
    import torch

    with torch.no_grad():
        model[1].linear.weight.copy_(matrix)


def longest_directions(documents: TokenVectors, *, dimensions: int, seed: int) -> NDArray[np.float32]:
    """A matrix (dimensions, size) of orthonormal rows: of all such it keeps most of the squared length of unit token vectors
    (the first singular vectors of a sample, not centred)."""
    rows = documents.sample(_SAMPLE, seed=seed).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    _, vectors = np.linalg.eigh(rows.T @ rows)
    kept: NDArray[np.float32] = vectors[:, ::-1][:, :dimensions].T.astype(np.float32)
    return kept


class ProjectedMaxSim:
    """MaxSim of numbered queries and documents under a matrix that is trained, on the student's scale and on the teacher's.

    `scores` are multiplied by a factor that is trained beside the matrix: cosines are small beside a teacher's logits. It
    changes no order and is not part of the student.
    """

    learning_rate = 3e-4

    def __init__(self, queries: TokenVectors, documents: TokenVectors, matrix: NDArray[np.float32], *, factor: float) -> None:
        import torch

        self._queries, self._documents = queries, documents
        self.matrix = torch.nn.Parameter(torch.from_numpy(matrix.copy()))
        self.log_factor = torch.nn.Parameter(torch.tensor(float(np.log(factor))))

    def parameters(self) -> list[torch.nn.Parameter]:
        return [self.matrix, self.log_factor]

    def set_factor(self, factor: float) -> None:
        """Begin with another factor."""
        import torch

        with torch.no_grad():
            self.log_factor.copy_(torch.tensor(factor).log())

    def scores(self, lists: Sequence[tuple[int, Sequence[int]]]) -> torch.Tensor:
        """(lists, documents): each a query and as many documents as the others have."""
        import torch

        rows = [self._list(query, documents) for query, documents in lists]
        return self.log_factor.exp() * torch.stack(rows)

    def _list(self, query: int, documents: Sequence[int]) -> torch.Tensor:
        import torch
        from torch.nn.functional import normalize, pad

        asked = normalize(torch.from_numpy(self._queries.of(query)) @ self.matrix.T, dim=-1)
        given = [torch.from_numpy(self._documents.of(document)) for document in documents]
        lengths = [len(each) for each in given]
        read = normalize(torch.cat(given) @ self.matrix.T, dim=-1)
        cosines = torch.split(asked @ read.T, lengths, dim=1)
        longest = max(max(lengths), 1)
        padded = torch.stack([pad(each, (0, longest - each.shape[1]), value=-1.0) for each in cosines])
        total: torch.Tensor = padded.max(dim=2).values.sum(dim=1)
        return total
