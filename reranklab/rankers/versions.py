"""Versions of what computes, for the provenance."""

from __future__ import annotations

import platform
from importlib.metadata import version


def library_versions(*packages: str) -> dict[str, str]:
    """Installed versions by package name, with Python's and RerankLab's own."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("reranklab", *packages)}}
