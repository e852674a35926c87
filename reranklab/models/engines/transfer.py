"""The way of arrays to the device that computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch


def to_device(array: npt.NDArray[Any], device_id: str) -> torch.Tensor:
    """The array as a tensor there. To a CUDA device it goes from pinned memory, and the processor does not wait for it: torch
    holds the pinned memory until the copy is made, and computes behind it."""
    import torch

    tensor = torch.from_numpy(array)
    if device_id.startswith("cuda"):
        return tensor.pin_memory().to(device_id, non_blocking=True)
    return tensor.to(device_id)
