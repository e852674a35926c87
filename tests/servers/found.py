"""Where the real servers are, by variables that tests/servers/start.py sets, or anyone who runs a server already."""

from __future__ import annotations

import os

import pytest

INFINITY, LLAMACPP = "RERANKLAB_TEST_INFINITY", "RERANKLAB_TEST_LLAMACPP"
MODEL = "embedded/ms-marco-MiniLM-L12-v2"
"""What infinity serves."""


def address(variable: str) -> str:
    """The server's address. Skips the test, with the reason, where none is given."""
    url = os.environ.get(variable, "")
    if not url:
        pytest.skip(f"needs a real server: make test-servers starts one, or {variable} names its address")
    return url
