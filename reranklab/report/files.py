"""An evaluation as a file of a format, or as several where the format has room for one ranker or one table only."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from reranklab.data.paths import is_folder, shown, typed_path
from reranklab.data.storage import storing
from reranklab.errors import InputError
from reranklab.evaluate.evaluated import Evaluated
from reranklab.evaluate.manifest import manifest
from reranklab.export import to_trec_qrels, to_trec_run
from reranklab.extras import PARQUET, REPORT
from reranklab.report.page import report_page
from reranklab.report.parquet import as_parquet
from reranklab.report.tables import as_csv, document_rows, query_rows

Format = Literal["html", "json", "csv", "parquet", "trec"]
FORMATS: tuple[Format, ...] = get_args(Format)
_MIME = {"html": "text/html", "json": "application/json"}
_ARCHIVE_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file of an export. The name of the first ends in its format alone, the others say what they hold."""

    name: str
    content: bytes


def export_files(evaluations: Sequence[Evaluated], format_: str, *, stem: str = "evaluation") -> tuple[ExportFile, ...]:
    """The files of one collection's evaluation, or of several, by the names that begin with `stem`.

    html and json are one file, with the manifest inside. csv and parquet are a table with a row for each ranker and query, and
    one with a row for each ranked document; a Parquet file has the manifest in its schema's metadata, CSV has it in a file
    beside. trec is a run for each ranker, the qrels, and the manifest. Raises InputError for another format and for ids that
    the format cannot hold, and MissingPackageError, naming the extra.
    """
    check_format(format_)
    if not evaluations:
        raise InputError("There is no evaluation to export. Evaluate at least one collection.")
    made = _MAKERS[format_](evaluations)
    return tuple(ExportFile(name=f"{stem}.{end}", content=content) for end, content in made.items())


def export_evaluation(evaluations: Evaluated | Sequence[Evaluated], format_: str, *, stem: str = "evaluation") -> ExportFile:
    """`export_files` as one file to download: several are put into a zip archive. Raises as it does."""
    given = [evaluations] if isinstance(evaluations, Evaluated) else evaluations
    files = export_files(given, format_, stem=stem)
    if len(files) == 1:
        return files[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _ARCHIVE_TIME), file.content, zipfile.ZIP_DEFLATED)
    return ExportFile(name=f"{stem}-{format_}.zip", content=buffer.getvalue())


def format_of(path: Path) -> str:
    """The format that the end of a file's name says, before anything is computed for it. Raises InputError for another end and
    for a folder that is not there, and as `check_format` does."""
    format_ = path.suffix.lower().removeprefix(".")
    if format_ not in FORMATS:
        raise InputError(f"{shown(path)} does not say a format. End the name in .{', .'.join(FORMATS)}.")
    if not is_folder(path.parent):
        raise InputError(f"There is no folder {shown(path.parent)}. Make it, or choose another file.")
    check_format(format_)
    return format_


def save_evaluations(evaluations: Sequence[Evaluated], path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write `export_files` in the format that the end of `path` says; the others lie beside the first. Returns their paths.

    Raises as `format_of` and `export_files` do, and StorageError.
    """
    first = typed_path(path, what="The file")
    files = export_files(evaluations, format_of(first), stem=first.stem)
    with storing("The export", first.parent, instead="choose another file"):
        for file in files:
            first.with_name(file.name).write_bytes(file.content)
    return tuple(first.with_name(file.name) for file in files)


def check_format(format_: str) -> None:
    """Raise InputError for a format that there is not, and MissingPackageError where its package is not installed."""
    if format_ not in _MAKERS:
        raise InputError(f"There is no export as {format_!r}. Choose one of: {', '.join(FORMATS)}.")
    if format_ == "html":
        REPORT.check("A report")
    elif format_ == "parquet":
        PARQUET.check("Parquet")


def mime_type(format_: str) -> str:
    """That of what `export_evaluation` gives."""
    return _MIME.get(format_, "application/zip")


def _manifest(evaluations: Sequence[Evaluated]) -> dict[str, Any]:
    """That of the evaluation, or those of several under "collections"."""
    manifests = [manifest(evaluation) for evaluation in evaluations]
    return manifests[0] if len(manifests) == 1 else {"collections": manifests}


def _html(evaluations: Sequence[Evaluated]) -> dict[str, bytes]:
    page = report_page(evaluations, [manifest(evaluation) for evaluation in evaluations])
    return {"html": page.encode("utf-8", "backslashreplace")}


def _json(evaluations: Sequence[Evaluated]) -> dict[str, bytes]:
    records = [_record(evaluation) for evaluation in evaluations]
    return {"json": _text(records[0] if len(records) == 1 else {"collections": records})}


def _record(evaluation: Evaluated) -> dict[str, Any]:
    """What `reranklab evaluate --format json` prints, with the values of each query and the manifest."""
    record = evaluation.record()
    per_query = {
        result.ranker: {query: dict(values) for query, values in result.per_query.items()} for result in evaluation.results
    }
    record["results"] = [{**each, "per_query": per_query[each["ranker"]]} for each in record["results"]]
    return {**record, "manifest": manifest(evaluation)}


def _csv(evaluations: Sequence[Evaluated]) -> dict[str, bytes]:
    return {
        "csv": as_csv(query_rows(evaluations)),
        "rankings.csv": as_csv(document_rows(evaluations)),
        "manifest.json": _text(_manifest(evaluations)),
    }


def _parquet(evaluations: Sequence[Evaluated]) -> dict[str, bytes]:
    about = _manifest(evaluations)
    return {
        "parquet": as_parquet(query_rows(evaluations), about),
        "rankings.parquet": as_parquet(document_rows(evaluations), about),
    }


def _trec(evaluations: Sequence[Evaluated]) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for number, evaluation in enumerate(evaluations, start=1):
        before = f"{number}-{_slug(str(evaluation.settings.get('dataset')))}." if len(evaluations) > 1 else ""
        for place, result in enumerate(evaluation.results, start=1):
            made[f"{before}{place}-{_slug(result.ranker)}.trec"] = to_trec_run(result.rankings).encode()
        made[f"{before}qrels"] = to_trec_qrels(evaluation.qrels).encode()
    return {**made, "manifest.json": _text(_manifest(evaluations))}


def _slug(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:60] or "ranker"


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2).encode()


_MAKERS: Mapping[str, Callable[[Sequence[Evaluated]], dict[str, bytes]]] = {
    "html": _html,
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "trec": _trec,
}
