"""How far a student's scores of lists are from the teacher's. All are tensors of (lists, documents)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reranklab.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

KL, MARGIN_MSE = "listwise-kl", "margin-mse"
LOSSES = (KL, MARGIN_MSE)


def list_loss(name: str, student: Tensor, teacher: Tensor, *, temperature: float) -> Tensor:
    """The loss of that name, a mean over the lists. Raises InputError for another name.

    Both scores are divided by `temperature` first: the higher it is, the more documents below the best one count.
    """
    if name == KL:
        return listwise_kl(student / temperature, teacher / temperature)
    if name == MARGIN_MSE:
        return margin_mse(student / temperature, teacher / temperature)
    raise InputError(f"There is no loss {name!r} for a student. Choose one of: {', '.join(LOSSES)}.")


def listwise_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the student's softmax over a list from the teacher's, in nats.

    (Hinton et al., "Distilling the knowledge in a neural network", 2015, over the documents of a list.)
    """
    import torch

    wanted = torch.log_softmax(teacher, dim=1)
    return (wanted.exp() * (wanted - torch.log_softmax(student, dim=1))).sum(dim=1).mean()


def margin_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean square of the difference between the two margins, from the teacher's best document to each other one.

    (Hofstätter et al., "Improving efficient neural ranking models with cross-architecture knowledge distillation", 2020.)
    """
    best = teacher.argmax(dim=1, keepdim=True)
    errors = (student.gather(1, best) - student) - (teacher.gather(1, best) - teacher)
    return (errors**2).sum(dim=1).mean() / max(teacher.shape[1] - 1, 1)
