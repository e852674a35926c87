"""The state of the machine."""

import sys
from types import ModuleType

import pytest

from reranklab.latency.machine import machine_state


def test_a_module_that_another_thread_still_imports_tells_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert machine_state().threads is None
