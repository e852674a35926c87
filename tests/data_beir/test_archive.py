import gzip
import io
import shutil
import stat
import struct
import threading
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from reranklab.data.archive import _Writer, unpack_zip
from reranklab.errors import Cancelled, InputError, StorageError
from reranklab.progress import Step

NAMES = {"tiny/corpus.jsonl": b"corpus", "tiny/qrels/test.tsv": b"qrels"}


def pack(
    folder: Path, entries: dict[str, bytes] | list[tuple[zipfile.ZipInfo | str, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> Path:
    archive = folder / "data.zip"
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in entries.items() if isinstance(entries, dict) else entries:
            opened.writestr(name, content)
    return archive


def patch(archive: Path, old: bytes, new: bytes) -> Path:
    content = archive.read_bytes()
    assert old in content
    archive.write_bytes(content.replace(old, new))
    return archive


def refusal(archive: Path, **limits: int) -> str:
    """The message, after checking that nothing was left behind beside the archive."""
    before = set(archive.parent.rglob("*"))
    with pytest.raises(InputError) as caught:
        unpack_zip(archive, archive.parent / "out" / "files", **limits)
    assert set(archive.parent.rglob("*")) - before <= {archive.parent / "out"}
    return str(caught.value)


def test_a_plain_archive(tmp_path: Path) -> None:
    steps: list[Step] = []
    archive = pack(tmp_path, [("tiny/", b""), *NAMES.items()])
    target = tmp_path / "deep" / "out"
    assert unpack_zip(archive, target, progress=steps.append) == target
    assert {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()} == NAMES
    assert [path.name for path in target.parent.iterdir()] == ["out"]
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (1, 1, "MB")


def test_what_is_unpacked_already_is_left_alone(tmp_path: Path) -> None:
    archive = pack(tmp_path, NAMES)
    place = unpack_zip(archive, tmp_path / "out")
    before = (place / "tiny" / "corpus.jsonl").stat().st_mtime_ns
    assert unpack_zip(archive, place) == place
    assert (place / "tiny" / "corpus.jsonl").stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["cut", "zeroed", "missing", "folder", "file", "empty"])
def test_what_is_unpacked_and_damaged_is_unpacked_again(tmp_path: Path, damage: str) -> None:
    archive = pack(tmp_path, NAMES)
    corpus = unpack_zip(archive, tmp_path / "out") / "tiny" / "corpus.jsonl"
    match damage:
        case "cut" | "zeroed":
            corpus.write_bytes(b"c" if damage == "cut" else bytes(len(NAMES["tiny/corpus.jsonl"])))
        case "missing" | "folder":
            corpus.unlink()
            if damage == "folder":
                corpus.mkdir()
        case "file" | "empty":
            shutil.rmtree(tmp_path / "out")
            (tmp_path / "out").write_text("in the way") if damage == "file" else (tmp_path / "out").mkdir()
    unpack_zip(archive, tmp_path / "out")
    assert corpus.read_bytes() == NAMES["tiny/corpus.jsonl"]
    assert {path.name for path in tmp_path.iterdir()} == {"data.zip", "out"}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../evil",
        "a/../../evil",
        "a/..",
        "./a",
        "a//b",
        "a/./b",
        "C:/evil",
        "C:evil",
        "..\\evil",
        "a\\b",
        "\\\\host\\share",
        "file.txt:stream",
        "line\nbreak",
        "a/ ",
        "a./b",
        "what?",
    ],
)
def test_paths_that_are_not_plain(tmp_path: Path, name: str) -> None:
    assert "is not a plain relative one" in refusal(pack(tmp_path, [*NAMES.items(), (name, b"x")]))


def test_a_name_that_is_cut_at_a_nul(tmp_path: Path) -> None:
    archive = patch(pack(tmp_path, {"good#.txt": b"x"}), b"good#.txt", b"good\0.txt")
    assert "is not a plain relative one" in refusal(archive)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
@pytest.mark.parametrize("system", [0, 3])
def test_links_and_special_files(tmp_path: Path, kind: int, system: int) -> None:
    entry = zipfile.ZipInfo("tiny/link")
    entry.create_system = system
    entry.external_attr = (kind | 0o777) << 16
    assert "is a link or a special file" in refusal(pack(tmp_path, [(entry, b"/etc/passwd")]))


def test_a_bomb_by_its_ratio(tmp_path: Path) -> None:
    assert "it would unpack to more than 10 MB" in refusal(pack(tmp_path, {"zeros": bytes(20_000_000)}))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_bomb_in_a_gz_inside(tmp_path: Path, method: int) -> None:
    archive = pack(tmp_path, {"corpus.jsonl.gz": gzip.compress(bytes(20_000_000))}, method)
    assert "with the .gz files inside it unpacks to more than 10 MB" in refusal(archive)


def test_a_gz_inside_that_stays_within_the_limit_or_is_damaged_is_unpacked(tmp_path: Path) -> None:
    inside = gzip.compress(bytes(5_000_000))
    place = unpack_zip(
        pack(tmp_path, {"a.gz": inside, "b.gz": inside[:-20], "c.gz": b"none"}, zipfile.ZIP_STORED), tmp_path / "out"
    )
    assert {path.name for path in place.iterdir()} == {"a.gz", "b.gz", "c.gz"}


def test_high_ratios_of_small_archives_are_fine(tmp_path: Path) -> None:
    target = unpack_zip(pack(tmp_path, {"zeros": bytes(5_000_000)}), tmp_path / "out")
    assert (target / "zeros").stat().st_size == 5_000_000


def test_more_than_the_limit(tmp_path: Path) -> None:
    archive = pack(tmp_path, {"a": bytes(600), "b": bytes(600)}, zipfile.ZIP_STORED)
    assert "would unpack to more than" in refusal(archive, max_bytes=1000)
    assert "it holds 2 entries, more than 1" in refusal(archive, max_files=1)


def test_a_size_that_is_declared_too_small(tmp_path: Path) -> None:
    archive = pack(tmp_path, {"zeros": bytes(3_000_000)})
    patch(archive, struct.pack("<L", 3_000_000), struct.pack("<L", 10))
    assert "damaged" in refusal(archive)


def test_what_is_written_is_counted(tmp_path: Path) -> None:
    archive = pack(tmp_path, {"a": bytes(3_000_000)})
    writer = _Writer("data.zip", limit=2_000_000, cancel=None, progress=None)
    with zipfile.ZipFile(archive) as opened, pytest.raises(InputError, match="unpacks to more than 2 MB"):
        writer.write(opened, [(opened.infolist()[0], PurePosixPath("a"))], tmp_path)
    assert (tmp_path / "a").stat().st_size <= 2_000_000


def test_encrypted_entries(tmp_path: Path) -> None:
    archive = pack(tmp_path, {"a": b"x"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert "'a' is encrypted" in refusal(archive)


def test_the_same_name_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = pack(tmp_path, [("a", b"x"), ("a", b"y")])
    assert "it holds 'a' twice" in refusal(archive)


@pytest.mark.parametrize(("first", "second"), [("a/Corpus", "A/corpus"), ("caf\u00e9", "cafe\u0301")])
def test_names_that_some_disks_do_not_tell_apart(tmp_path: Path, first: str, second: str) -> None:
    assert "twice" in refusal(pack(tmp_path, [(first, b"x"), (second, b"y")]))


def test_a_file_that_is_also_a_folder(tmp_path: Path) -> None:
    assert "'a' both as a file and as a folder" in refusal(pack(tmp_path, [("a", b"x"), ("a/b", b"y")]))


def test_other_compression(tmp_path: Path) -> None:
    assert "compression method 14" in refusal(pack(tmp_path, NAMES, zipfile.ZIP_LZMA))


def test_damage(tmp_path: Path) -> None:
    archive = pack(tmp_path, {"a": b"unmistakable"}, zipfile.ZIP_STORED)
    assert "damaged" in refusal(patch(archive, b"unmistakable", b"unmistakeable"[:12]))
    archive.write_bytes(archive.read_bytes()[:30])
    assert "damaged or no zip archive" in refusal(archive)
    archive.write_text("no zip at all")
    assert "damaged or no zip archive" in refusal(archive)


def test_an_archive_within_an_archive_stays_packed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as opened:
        opened.writestr("../evil", b"x")
    target = unpack_zip(pack(tmp_path, {"inner.zip": inner.getvalue()}), tmp_path / "out")
    assert [path.name for path in target.iterdir()] == ["inner.zip"]


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        unpack_zip(pack(tmp_path, NAMES), tmp_path / "out" / "files", cancel=cancel)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_archive_and_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"data\.zip cannot be read: No such file"):
        unpack_zip(tmp_path / "data.zip", tmp_path / "out")
    with pytest.raises(StorageError, match=r"What data\.zip holds cannot be stored in .*data\.zip is a file, not a folder"):
        unpack_zip(pack(tmp_path, NAMES), tmp_path / "data.zip" / "out")
