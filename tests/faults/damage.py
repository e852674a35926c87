"""Ways in which a file comes to harm on a disk, or by a hand that meant well."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from reranklab.data.storage import remove

_BLOCK = 1 << 20
_LARGE = 64 << 20
_NOISE = bytes((31 * number + number // 251) % 256 for number in range(_BLOCK))


def _zeroed(source: Path, target: Path) -> None:
    with target.open("wb") as file:
        file.truncate(source.stat().st_size)


def _zeros_inside(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    size = source.stat().st_size
    with target.open("r+b") as file:
        file.seek(size // 3)
        file.write(bytes(min(_BLOCK, max(size // 3, 1))))


def _one_bit(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    place = source.stat().st_size // 2
    with target.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def _random(source: Path, target: Path) -> None:
    left = source.stat().st_size
    with target.open("wb") as file:
        while left:
            left -= file.write(_NOISE[: min(left, _BLOCK)])


def _cut(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        target.write_bytes(file.read(min(source.stat().st_size // 2, 4 * _BLOCK)))


def _empty(source: Path, target: Path) -> None:
    target.touch()


def _list(source: Path, target: Path) -> None:
    target.write_text('["not", "what", "was", "here"]', encoding="utf-8")


def _folder(source: Path, target: Path) -> None:
    target.mkdir()


def _missing(source: Path, target: Path) -> None:
    pass


DAMAGES: Mapping[str, Callable[[Path, Path], None]] = {
    "zeroed": _zeroed,
    "zeros inside": _zeros_inside,
    "one bit": _one_bit,
    "random": _random,
    "cut": _cut,
    "empty": _empty,
    "a list": _list,
    "a folder": _folder,
    "missing": _missing,
}
"""Each makes the harmed copy of a file (source, target), or leaves the target out."""


def damaged_copies(folder: Path, names: list[str], target: Path) -> Iterator[tuple[str, str]]:
    """For each name and damage once: `target` holds links to the files of `folder`, and one harmed copy. Gives both names."""
    files = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    for name in names:
        for damage, harm in DAMAGES.items():
            if damage == "one bit" and (folder / name).stat().st_size > _LARGE:
                continue  # as zeros inside, and every copy takes its time
            if not all((target / file).is_symlink() for file in files):
                remove(target)
                for file in files:
                    (target / file).parent.mkdir(parents=True, exist_ok=True)
                    (target / file).symlink_to(folder / file)
            (target / name).unlink()
            harm(folder / name, target / name)
            yield name, damage
            if target.is_dir() and not (target / name).is_symlink():
                remove(target / name)
                (target / name).symlink_to(folder / name)
    remove(target)
