"""The collections that people judge here: folders in BEIR layout in the data folder, shared by all processes.

`qrels/JUDGE.tsv` has the grades of one judge, and `qrels/test.tsv` one grade for each pair of query and document: the judges'
median, the lower of the two middle grades where their number is even. The corpus holds all candidates of each judged query.
Each file is replaced whole.
"""

from __future__ import annotations

import io
import re
import shutil
import statistics
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.collection import find_records, list_splits, read_records
from reranklab.data.judged_texts import known_documents, known_query, with_documents, with_query
from reranklab.data.paths import data_dir, is_folder, shown
from reranklab.data.qrels import QRELS_HEADER, read_qrels
from reranklab.data.shared_files import replace_file, writing
from reranklab.errors import InputError
from reranklab.types import Document, Query

GRADES = (0, 1, 2, 3)
"""What a judge can give: 0 is not relevant, 3 answers the query fully."""

MERGED = "test"
"""The split that holds one grade for each pair."""

_NAME = re.compile(r"[^\W_](?:[\w -]{0,38}\w)?")
_WHAT = "The judgements"

Grades = dict[str, dict[str, int]]
"""Query id to document id to grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFolder:
    """A collection as its judges left it: `judges` is name to grades, by the ids of the folder's files."""

    name: str
    folder: Path
    judges: Mapping[str, Grades]

    @property
    def merged(self) -> Grades:
        """One grade for each pair: the median of the judges', the lower of two middle ones."""
        return merge(self.judges.values())

    @property
    def judgements(self) -> int:
        return sum(len(judged) for grades in self.judges.values() for judged in grades.values())


def judged_names() -> tuple[str, ...]:
    """The names of the collections that have a judgement."""
    folder = _room()
    if not is_folder(folder):
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name) and _is_judged(entry)))


def judged_folder(name: str) -> Path:
    """Where a collection is, or belongs. Raises InputError for what is no name."""
    return _room() / checked_name(name, what="A collection")


def checked_name(text: str, *, what: str) -> str:
    """A name as it stands in file names. `what` ("A judge") begins the InputError for one that cannot."""
    name = unicodedata.normalize("NFC", text.strip())
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{what} cannot be called {shown(text)}. Take up to 40 letters, digits, spaces, - and _, beginning with a letter "
            "or digit."
        )
    if name.casefold() == MERGED:
        raise InputError(f"{what} cannot be called {name}: that is the name of the merged grades. Take another.")
    return name


def set_grades(
    name: str,
    *,
    judge: str,
    query: Query,
    candidates: Sequence[Document],
    grades: Mapping[str, int | None],
    source: str = "",
) -> None:
    """Set a judge's grades for a query: document id to grade, None to take one back. On disk when this returns.

    The ids are those of `candidates`, all of which come into the corpus. A text whose id the collection has for another text
    gets a new id there. Raises InputError for names, grades and ids that cannot be used, and StorageError.
    """
    folder, judge = judged_folder(name), checked_name(judge, what="A judge")
    by_id = {document.id: document for document in candidates}
    for document_id, grade in grades.items():
        if document_id not in by_id:
            raise InputError(f"The document {shown(document_id)} is not among the candidates. Grade one that is.")
        if grade is not None and (grade not in GRADES or isinstance(grade, bool)):
            raise InputError(f"{grade!r} is no grade. Give one of {', '.join(map(str, GRADES))}.")
    with writing(folder, what=_WHAT):
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        query_id = with_query(folder, query, source=source)
        ids = with_documents(folder, candidates)
        judged = _read(folder, name)
        _check_case(judge, judged.judges)
        mine = judged.judges.get(judge, {})
        of_query = dict(mine.get(query_id, {}))
        for document_id, grade in grades.items():
            if grade is None:
                of_query.pop(ids[document_id], None)
            else:
                of_query[ids[document_id]] = int(grade)
        judges = {**judged.judges, judge: {**mine, query_id: of_query}}
        _put(folder, judge, judges[judge])
        _put(folder, MERGED, merge(judges.values()))


def own_grades(name: str, *, judge: str, query: Query, candidates: Sequence[Document]) -> dict[str, int]:
    """A judge's grades of the candidates of a query, by the candidates' ids; none where nothing was judged."""
    folder = judged_folder(name)
    if not _is_judged(folder):
        return {}
    query_id = known_query(folder, query)
    mine = _read(folder, name).judges.get(checked_name(judge, what="A judge"), {}).get(query_id or "", {})
    stored = known_documents(folder, candidates) if mine else {}
    return {document_id: mine[its] for document_id, its in stored.items() if its in mine}


def read_judged(name: str) -> JudgedFolder:
    """Raises InputError where there is no such collection, or a file in it is damaged."""
    folder = judged_folder(name)
    if not _is_judged(folder):
        known = ", ".join(judged_names())
        has = f"Choose one of: {known}." if known else "Nothing has been judged yet: Compare has a view for it."
        raise InputError(f"There is no judged collection {shown(name)}. {has}")
    return _read(folder, folder.name)


def export_judged(name: str) -> bytes:
    """The collection as a zip archive with its folder in it, as a dataset in BEIR layout travels."""
    folder = read_judged(name).folder
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for stem in ("corpus", "queries"):
            file = find_records(folder, stem)
            archive.write(file, f"{folder.name}/{file.name}")
        for split in list_splits(folder):
            archive.write(folder / "qrels" / f"{split}.tsv", f"{folder.name}/qrels/{split}.tsv")
    return buffer.getvalue()


def delete_judged(name: str) -> None:
    """Delete a collection with all its judgements. Raises InputError where there is none of that name, and StorageError."""
    folder = read_judged(name).folder
    with writing(folder, what=_WHAT):
        shutil.rmtree(folder)


def judged_state(name: str) -> str:
    """What changes with each judgement; "" for what is no judged collection."""
    if name not in judged_names():
        return ""
    files = sorted(judged_folder(name).rglob("*.*"))
    return " ".join(f"{file.name} {file.stat().st_mtime_ns} {file.stat().st_ino}" for file in files if file.is_file())


def query_texts(folder: Path) -> dict[str, str]:
    """Query id to text."""
    return {str(record["_id"]): str(record["text"]) for _, record in read_records(find_records(folder, "queries"))}


def merge(judges: Iterable[Grades]) -> Grades:
    """One grade for each pair that someone judged: the median, the lower of two middle grades."""
    given: dict[str, dict[str, list[int]]] = {}
    for grades in judges:
        for query_id, judged in grades.items():
            for document_id, grade in judged.items():
                given.setdefault(query_id, {}).setdefault(document_id, []).append(grade)
    return {
        query_id: {document_id: statistics.median_low(all_given) for document_id, all_given in documents.items()}
        for query_id, documents in given.items()
    }


def _room() -> Path:
    return data_dir() / "judged"


def _is_judged(folder: Path) -> bool:
    try:
        return MERGED in list_splits(folder)
    except InputError:
        return False


def _read(folder: Path, name: str) -> JudgedFolder:
    files = sorted((folder / "qrels").glob("*.tsv"))
    judges = {file.stem: _grades(file) for file in files if file.stem != MERGED and not file.name.startswith(".")}
    return JudgedFolder(name=name, folder=folder, judges=judges)


def _grades(file: Path) -> Grades:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}. Repair that.") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return read_qrels(numbered, name=f"qrels/{file.name}").grades


def _check_case(judge: str, known: Iterable[str]) -> None:
    """Two names that differ in case alone would be one file on some machines."""
    for other in known:
        if other != judge and other.casefold() == judge.casefold():
            raise InputError(f"There is a judge {other} already. Write the name like that, or take another.")


def _put(folder: Path, split: str, grades: Grades) -> None:
    """Write a split; one without grades has no file, since a collection's split is never empty."""
    file = folder / "qrels" / f"{split}.tsv"
    rows = [f"{query}\t{document}\t{grade}" for query, judged in grades.items() for document, grade in judged.items()]
    if rows:
        replace_file(file, [f"{line}\n".encode() for line in (QRELS_HEADER, *rows)])
    else:
        file.unlink(missing_ok=True)
