"""Packages that exist for a test: a folder on the path with the metadata of an installed package."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reranklab.rankers import catalogue

LETTERS = {"letters": "tests.contract.invented:FAMILY"}


def write_package(folder: Path, name: str, points: Mapping[str, str], *, version: str = "1.2") -> None:
    """The metadata of a package that adds `points`, entry point name to object."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = "".join(f"{point} = {value}\n" for point, value in points.items())
    (metadata / "entry_points.txt").write_text(f"[{catalogue.GROUP}]\n{lines}", encoding="utf-8")


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """What `folder` holds is importable and its rankers are known, until the end of the context."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    catalogue.discover.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        importlib.invalidate_caches()
        catalogue.discover.cache_clear()
