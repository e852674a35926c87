"""A static student: one vector a token, of which the weight of each token is trained, and the vectors too where that is asked.

A text is the mean of its tokens' vectors: how much each token counts is what such a model lacks most, and what a teacher that
reads whole texts can tell.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.errors import ModelRefusedError
from reranklab.models.files import WEIGHTS
from reranklab.models.store import StoredModel

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class WeightedTable:
    """Cosines of numbered queries and documents, given as token numbers, under a table with a weight for each token.

    `factor` brings cosines to the teacher's scale and is trained beside; it changes no order and is not part of the student.
    """

    learning_rate = 3e-3

    def __init__(
        self,
        table: Tensor,
        queries: Sequence[Sequence[int]],
        documents: Sequence[Sequence[int]],
        *,
        factor: float,
        vectors: bool = False,
    ) -> None:
        """`table` is (tokens, size). With `vectors` it is trained too."""
        import torch

        self.table = torch.nn.Parameter(table.float().clone(), requires_grad=vectors)
        self.log_weights = torch.nn.Parameter(torch.zeros(len(table)))
        self.log_factor = torch.nn.Parameter(torch.tensor(factor).log())
        self._queries, self._documents = (
            [torch.tensor(list(each), dtype=torch.long) for each in texts] for texts in (queries, documents)
        )

    def parameters(self) -> list[torch.nn.Parameter]:
        trained = [self.log_weights, self.log_factor]
        return [*trained, self.table] if self.table.requires_grad else trained

    def set_factor(self, factor: float) -> None:
        """Begin with another factor."""
        import torch

        with torch.no_grad():
            self.log_factor.copy_(torch.tensor(factor).log())

    def scores(self, lists: Sequence[tuple[int, Sequence[int]]]) -> Tensor:
        """(lists, documents): each a query and as many documents as the others have."""
        import torch

        asked = self._vectors([self._queries[query] for query, _ in lists])
        given = self._vectors([self._documents[each] for _, documents in lists for each in documents])
        cosines = torch.einsum("ld,lkd->lk", asked, given.view(len(lists), -1, asked.shape[1]))
        return self.log_factor.exp() * cosines

    def weighted(self) -> Tensor:
        """The table of the student: each token's vector times its weight."""
        return (self.log_weights.exp()[:, None] * self.table).detach()

    def _vectors(self, texts: Sequence[Tensor]) -> Tensor:
        """Unit vectors (texts, size); zeros for a text without tokens."""
        import torch
        from torch.nn.functional import embedding_bag, normalize

        ids = torch.cat(list(texts))
        starts = torch.tensor([0, *(len(each) for each in texts[:-1])]).cumsum(dim=0)
        weights = self.log_weights.exp()[ids]
        return normalize(embedding_bag(ids, self.table, starts, per_sample_weights=weights, mode="sum"), dim=1)


def token_numbers(model: Any, texts: Sequence[str]) -> list[list[int]]:
    """The tokens of each text, as a StaticEmbedding of sentence-transformers reads it."""
    return [encoding.ids for encoding in model[0].tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def write_table(base: StoredModel, table: Tensor, target: Path) -> None:
    """Copy the base's folder into `target`, with another table of the same shape and number format.

    Raises ModelRefusedError where the base's file holds something else than one table.
    """
    from safetensors.torch import load_file, save_file

    with base.open(allow_code=False) as folder:
        shutil.copytree(folder, target, dirs_exist_ok=True)
    weights = load_file(target / WEIGHTS)
    if len(weights) != 1 or next(iter(weights.values())).shape != table.shape:
        raise ModelRefusedError(f"{base.entry.id} holds no single table of token vectors. Choose another static model.")
    ((name, old),) = weights.items()
    (target / WEIGHTS).unlink()
    save_file({name: table.to(old.dtype).contiguous()}, target / WEIGHTS, metadata={"format": "pt"})
