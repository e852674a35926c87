"""Zip archives of strangers: whatever their bytes say, a typed error or the right collection, and nothing written elsewhere."""

import gzip
import io
import json
import random
import resource
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong

SEED = 2
DOCUMENTS = [
    {"_id": f"d{n}", "title": f"title {n}", "text": f"wing number {n} and its flow, caf\u00e9 \u7ffc"} for n in range(5)
]
QUERIES = [{"_id": f"q{n}", "text": f"which wing is number {n}?"} for n in range(3)]
FILES = {
    "corpus.jsonl": "".join(f"{json.dumps(document)}\n" for document in DOCUMENTS).encode(),
    "queries.jsonl": "".join(f"{json.dumps(query)}\n" for query in QUERIES).encode(),
    "qrels/test.tsv": b"query-id\tcorpus-id\tscore\n" + b"".join(f"q{n}\td{n}\t1\n".encode() for n in range(3)),
}
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MEGABYTE = 1024

Entries = list[tuple[zipfile.ZipInfo | str, bytes]]
Mutate = Callable[[random.Random], bytes]


def pack(entries: Entries, *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name that is there twice
        for name, content in entries:
            archive.writestr(name, content, compress_type=method)
        archive.comment = comment
    return file.getvalue()


def files_in(folder: str, *, packed: bool = False) -> Entries:
    named = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items() if packed and "/" not in name}
    return [(f"{folder}{name}", content) for name, content in (FILES | named).items() if f"{name}.gz" not in named]


PLAIN = pack(files_in("tiny/"))
BASES = (PLAIN, pack(files_in(""), method=zipfile.ZIP_STORED), pack(files_in("a/b/", packed=True), comment=b"hello"))
ZEROS = bytes(20_000_000)
BOMBS = (
    pack([("zeros", ZEROS), *files_in("tiny/")]),
    pack([("tiny/corpus.jsonl.gz", gzip.compress(ZEROS)), *files_in("tiny/")[1:]]),
    pack([("tiny/corpus.jsonl.gz", gzip.compress(gzip.compress(ZEROS) * 60)), *files_in("tiny/")[1:]]),
    pack([(f"tiny/{n}", b"") for n in range(10_001)]),
)


def flip(content: bytes, chance: random.Random, *, start: int = 0, most: int = 8) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, most)):
        changed[chance.randrange(start, len(changed))] = chance.randrange(256)
    return bytes(changed)


def places(content: bytes, mark: bytes) -> list[int]:
    return [start for start in range(len(content)) if content.startswith(mark, start)]


def flipped_bytes(chance: random.Random) -> bytes:
    return flip(chance.choice(BASES), chance)


def flipped_directory(chance: random.Random) -> bytes:
    base = chance.choice(BASES)
    return flip(base, chance, start=base.index(CENTRAL))


def cut_or_glued(chance: random.Random) -> bytes:
    base, other = chance.choice(BASES), chance.choice(BASES)
    cut = chance.randrange(len(base))
    noise = chance.randbytes(chance.randrange(1, 200))
    return chance.choice([base[:cut], base[cut:], noise + base, base + noise, base[:cut] + other[cut:], noise, b"", base * 2])


def hostile_name(chance: random.Random) -> bytes:
    names = [
        "../evil",
        "../../../../evil",
        "/evil",
        "EVIL",
        "a/../../../../evil",
        "..\\evil",
        "C:\\evil",
        "C:evil",
        "\\\\host\\evil",
    ]
    names += [
        "tiny/./evil",
        "tiny//evil",
        "evil\n",
        "\x1b[31mevil",
        "CON:",
        "a" * 60_000,
        "a/" * 4_000 + "b",
        "\u202eevil",
        "evil ",
        ".",
    ]
    name = chance.choice([*names, "".join(chance.choice("./\\:ab\u00e9") for _ in range(chance.randint(1, 12)))])
    entries = files_in("tiny/")
    entries.insert(chance.randrange(len(entries) + 1), (name, b"evil"))
    return pack(entries).replace(b"EVIL", b"ev\0l")


def special_file(chance: random.Random) -> bytes:
    entry = zipfile.ZipInfo(chance.choice(["tiny/link", "tiny/corpus.jsonl", "link"]))
    entry.create_system = chance.choice([0, 3])
    kinds = [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
    entry.external_attr = (chance.choice(kinds) | chance.randrange(0o10000)) << 16 | chance.randrange(1 << 16)
    return pack([(entry, b"../../../../evil"), *files_in("tiny/")[chance.randrange(2) :]])


def same_name_twice(chance: random.Random) -> bytes:
    entries = files_in("tiny/")
    name, content = chance.choice(entries)
    assert isinstance(name, str)
    again = chance.choice([name, name.upper(), name + "/", f"{name}/inside", name.removesuffix("l"), "tiny"])
    return pack([*entries, (again, chance.choice([content, b"other", b""]))])


def bomb(chance: random.Random) -> bytes:
    base = chance.choice(BOMBS)
    if chance.random() < 0.5:
        return base
    at = chance.choice(places(base, CENTRAL)[:3])
    lie = struct.pack("<L", chance.choice([10, 1_000, 9_000_000]))
    return base[: at + 24] + lie + base[at + 28 :]  # the unpacked size that is declared


def encrypted(chance: random.Random) -> bytes:
    changed = bytearray(chance.choice(BASES))
    for mark, offset in chance.choice([((LOCAL, 6), (CENTRAL, 8)), ((LOCAL, 6),), ((CENTRAL, 8),)]):
        for at in places(bytes(changed), mark):
            changed[at + offset] |= chance.choice([0x01, 0x40, 0x41])
            changed[at + offset + 1] |= chance.choice([0, 0x20])
    return bytes(changed)


def zip64_lies(chance: random.Random) -> bytes:
    """Fields that point to a 64-bit extra, with an extra that lies, is cut or is not there."""
    sizes = [chance.choice([0, 10, 1 << 32, 1 << 62, (1 << 64) - 1]) for _ in range(chance.randint(0, 4))]
    extra = struct.pack("<HH", 1, chance.choice([8 * len(sizes), 0, 7, 0xFFFF])) + struct.pack(f"<{len(sizes)}Q", *sizes)
    entries: Entries = []
    for name, content in files_in("tiny/"):
        entry = zipfile.ZipInfo(str(name))
        entry.extra = extra if chance.random() < 0.7 else b""
        entries.append((entry, content))
    try:
        changed = bytearray(pack(entries))
    except struct.error:
        changed = bytearray(PLAIN)
    for at in places(bytes(changed), CENTRAL):
        for offset in chance.sample([20, 24, 42], k=chance.randint(0, 3)):
            changed[at + offset : at + offset + 4] = b"\xff" * 4
    if chance.random() < 0.4:
        end = changed.rindex(END)
        numbers = [chance.choice([0, 1, 3, 1 << 40, (1 << 64) - 1]) for _ in range(4)]
        record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, *numbers)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, chance.choice([end, 0, 1 << 50]), 1)
        changed[end:end] = record + locator
        end += len(record) + len(locator)
        for offset in chance.sample([8, 10, 12, 16], k=chance.randint(1, 4)):
            width = 2 if offset < 12 else 4
            changed[end + offset : end + offset + width] = b"\xff" * width
    return bytes(changed)


def lying_field(chance: random.Random) -> bytes:
    changed = bytearray(chance.choice(BASES))
    for _ in range(chance.randint(1, 3)):
        mark, length = chance.choice([(LOCAL, 30), (CENTRAL, 46), (END, 22)])
        at = chance.choice(places(bytes(changed), mark) or [0])
        width = chance.choice([1, 2, 4])
        offset = chance.randrange(4, length - width + 1)
        value = chance.choice(EXTREMES) & ((1 << 8 * width) - 1)
        changed[at + offset : at + offset + width] = value.to_bytes(width, "little")
    return bytes(changed)


def overlapping(chance: random.Random) -> bytes:
    """Entries that share the data of one."""
    changed = bytearray(chance.choice(BASES))
    offsets = [bytes(changed[at + 42 : at + 46]) for at in places(bytes(changed), CENTRAL)]
    for at in places(bytes(changed), CENTRAL):
        changed[at + 42 : at + 46] = chance.choice(offsets)
    return bytes(changed)


def broken_content(chance: random.Random) -> bytes:
    """A sound archive of files that are no collection."""
    entries = files_in("tiny/")
    place = chance.randrange(len(entries))
    name, content = entries[place]
    broken = [
        content[: chance.randrange(len(content))],
        flip(content, chance),
        chance.randbytes(100),
        b"",
        b"[" * 50_000,
        b"9" * 6_000,
    ]
    entries[place] = (name, chance.choice(broken))
    return pack(entries[chance.randrange(2) :])


KINDS: tuple[tuple[Mutate, int], ...] = (
    (flipped_bytes, 400),
    (flipped_directory, 300),
    (cut_or_glued, 200),
    (hostile_name, 200),
    (special_file, 100),
    (same_name_twice, 100),
    (bomb, 60),
    (encrypted, 60),
    (zip64_lies, 200),
    (lying_field, 230),
    (overlapping, 50),
    (broken_content, 100),
)
"""How to spoil an archive, and how often."""

HONEST = {broken_content, cut_or_glued}
"""Ways that make archives of other content: what they hold may be read as it is."""


@pytest.fixture
def cache(fast_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RERANKLAB_CACHE", str(fast_folder / "here" / "cache"))
    return fast_folder / "here" / "cache"


def read(archive: Path) -> tuple[Collection | None, BaseException | None]:
    try:
        return load_dataset(archive), None
    except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
        return None, error


def same(found: Collection, right: Collection) -> bool:
    return (found.documents, found.queries, found.qrels) == (right.documents, right.queries, right.qrels)


def outside(folder: Path, cache: Path) -> list[str]:
    """What lies where nothing may be: beside the cache, or in it beside unpacked datasets."""
    found = [path for path in (*folder.iterdir(), *folder.glob("here/*")) if path.name not in ("here", "cache", "data.zip")]
    found += [path for path in cache.glob("*") if path.name != "unpacked"]
    found += [path for path in cache.glob("unpacked/*") if path.name.startswith(".")]
    return [path.name for path in (*found, *Path("/").glob("evil*"), *Path.cwd().glob("evil*"))]


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


def test_the_archives_that_are_spoiled_are_sound(fast_folder: Path, cache: Path) -> None:
    collections = []
    for number, base in enumerate(BASES):
        archive = fast_folder / f"{number}.zip"
        archive.write_bytes(base)
        collections.append(load_dataset(archive))
    assert len(collections[0].documents) == 5
    assert all(same(collection, collections[0]) for collection in collections)


@pytest.mark.slow
@pytest.mark.parametrize(("mutate", "count"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_fuzzed_zips(fast_folder: Path, cache: Path, fault_plan: StartPlan, mutate: Mutate, count: int) -> None:
    archive = fast_folder / "data.zip"
    archive.write_bytes(PLAIN)
    right = load_dataset(archive)
    before = peak_megabytes()
    with fault_plan("fuzzed zips") as plan:
        for number in range(count):
            archive.write_bytes(mutate(random.Random(f"{SEED} {mutate.__name__} {number}")))
            found, error = read(archive)
            if found is None:
                failed = what_is_wrong(error)
            else:
                failed = "" if mutate in HONEST or same(found, right) else "another collection"
            if strays := outside(fast_folder, cache):
                failed += f" wrote {strays[:3]}"
            plan.tried(f"{mutate.__name__} {number}", failed=failed)
        assert peak_megabytes() - before < 200, "no archive of a few kilobytes may need much memory"
