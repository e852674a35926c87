"""Losses by hand, and as torch has them."""

import math

import pytest
import torch

from reranklab.errors import InputError
from reranklab.train.distil.losses import list_loss, listwise_kl, margin_mse


def test_listwise_kl_by_hand():
    # the teacher's softmax is (3/4, 1/4), the student's (1/2, 1/2)
    teacher, student = torch.tensor([[math.log(3), 0.0]]), torch.tensor([[5.0, 5.0]])
    by_hand = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert float(listwise_kl(student, teacher)) == pytest.approx(by_hand)
    assert float(listwise_kl(teacher + 7, teacher)) == pytest.approx(0, abs=1e-7), "a constant of the list changes nothing"
    both = listwise_kl(torch.cat([student, teacher]), torch.cat([teacher, teacher]))
    assert float(both) == pytest.approx(by_hand / 2)


def test_margin_mse_by_hand():
    # margins from the teacher's best, the second: teacher 2 and 4; student 1 and 1; errors -1 and -3
    teacher, student = torch.tensor([[1.0, 3.0, -1.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    assert float(margin_mse(student, teacher)) == pytest.approx((1 + 9) / 2)
    assert float(margin_mse(student + 9, teacher)) == pytest.approx(5)


def test_kl_is_torchs():
    torch.manual_seed(0)
    student, teacher = torch.randn(5, 8), torch.randn(5, 8)
    expected = torch.nn.KLDivLoss(reduction="batchmean")(student.log_softmax(1), teacher.softmax(1))
    assert float(list_loss("listwise-kl", student, teacher, temperature=1.0)) == pytest.approx(float(expected), rel=1e-5)
    assert float(list_loss("margin-mse", student, teacher, temperature=2.0)) == pytest.approx(
        float(margin_mse(student, teacher)) / 4, rel=1e-5
    )
    with pytest.raises(InputError, match="no loss 'mse'"):
        list_loss("mse", student, teacher, temperature=1.0)
