"""Versions of what computes, for the provenance."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version


def library_versions(*packages: str) -> dict[str, str]:
    """Installed versions by package name, with Python's and RerankLab's own."""
    return {"python": platform.python_version(), **{name: _version(name) for name in ("reranklab", *packages)}}


@cache
def _version(name: str) -> str:
    """Once in a process: reading the metadata anew took half of a short ranking."""
    return version(name)
