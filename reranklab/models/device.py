"""The devices of this machine, and one fair lock for each, so that timed work on a device never overlaps."""

from __future__ import annotations

import os
import platform
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reranklab.errors import DeviceError
from reranklab.extras import MODELS
from reranklab.progress import CancelSignal, check_cancel

REMOTE = "remote"
"""The id of whatever computes elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A place to compute. `reason` says why it is absent, where it is."""

    id: str
    name: str
    available: bool = True
    reason: str = ""


def cpu() -> Device:
    """The processor. Needs no torch."""
    return Device(id="cpu", name=f"{_processor_name()}, {os.cpu_count()} cores")


@cache
def list_devices() -> tuple[Device, ...]:
    """cpu, each CUDA device and Apple's mps; the absent kinds once each, with the reason."""
    if MODELS.missing:
        absent = {"cuda:0": "NVIDIA GPU", "mps": "Apple GPU (Metal)"}
        reason = f"PyTorch is not installed ({MODELS.command})"
        return (cpu(), *(Device(id=id_, name=name, available=False, reason=reason) for id_, name in absent.items()))
    import torch

    devices = [cpu()]
    if torch.cuda.is_available():
        devices += [
            Device(id=f"cuda:{index}", name=torch.cuda.get_device_name(index)) for index in range(torch.cuda.device_count())
        ]
    else:
        reason = (
            "this build of PyTorch has no CUDA support"
            if torch.version.cuda is None
            else "PyTorch finds no NVIDIA GPU or no working driver"
        )
        devices.append(Device(id="cuda:0", name="NVIDIA GPU", available=False, reason=reason))
    if torch.backends.mps.is_available():
        devices.append(Device(id="mps", name="Apple GPU (Metal)"))
    else:
        devices.append(
            Device(id="mps", name="Apple GPU (Metal)", available=False, reason="only Macs with Apple silicon have it")
        )
    return tuple(devices)


def resolve_device(device_id: str) -> Device:
    """The available device of that id ("cuda" is "cuda:0"). Raises DeviceError with the reason where it is absent."""
    if device_id == "cpu":
        return cpu()
    wanted = "cuda:0" if device_id == "cuda" else device_id
    devices = list_devices()
    for device in devices:
        if device.id == wanted:
            if device.available:
                return device
            raise DeviceError(f"The device {device_id!r} is not available: {device.reason}. Choose another, such as cpu.")
    known = ", ".join(device.id for device in devices if device.available)
    raise DeviceError(f"There is no device {device_id!r} here. Choose one of: {known}.")


def is_gpu(device_id: str) -> bool:
    """Whether work on the device of that id runs on a graphics processor of this machine."""
    return device_id == "mps" or device_id.startswith("cuda")


def is_cuda(device: Device) -> bool:
    """Whether a device is an NVIDIA GPU, or what PyTorch's ROCm build calls one."""
    return device.id.startswith("cuda")


def synchronise(device_id: str) -> None:
    """Wait until the device has finished what was sent to it, so that a clock reading means something."""
    if device_id.startswith("cuda"):
        import torch

        torch.cuda.synchronize(device_id)
    elif device_id == "mps":
        import torch

        torch.mps.synchronize()


_LOOK_SECONDS = 0.1


class FairLock:
    """First come, first served. threading.Lock lets a loop that releases and takes again starve everyone else."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def hold(self, cancel: CancelSignal | None = None) -> Iterator[None]:
        """Wait for the turn, and take it. Raises Cancelled while it waits."""
        ticket = object()
        with self._condition:
            self._waiting.append(ticket)
            try:
                look = None if cancel is None else _LOOK_SECONDS
                while not self._condition.wait_for(lambda: self._waiting[0] is ticket, timeout=look):
                    check_cancel(cancel)
            except BaseException:
                self._waiting.remove(ticket)
                self._condition.notify_all()
                raise
        try:
            yield
        finally:
            with self._condition:
                self._waiting.remove(ticket)
                self._condition.notify_all()


_locks: dict[str, FairLock] = {}
_locks_guard = threading.Lock()


def device_lock(device_id: str) -> FairLock:
    """The lock of a device, shared by everything in this process that computes on it. Held for one batch at a time."""
    with _locks_guard:
        return _locks.setdefault(device_id, FairLock())


@cache
def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "CPU"
