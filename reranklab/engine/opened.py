"""A saved result opened again: the comparison as it was, marked as measured earlier, and what of it can be explained here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from reranklab.data.blank import is_blank
from reranklab.data.index import CorpusStatistics
from reranklab.data.paths import shortened, shown, typed_path
from reranklab.data.statistics import StoredStatistics
from reranklab.data.strict_json import parse_json
from reranklab.data.strict_record import StrictRecord
from reranklab.data.text import MAX_DOCUMENT_CHARACTERS
from reranklab.data.upload import MAX_UPLOAD_BYTES
from reranklab.data.words import ANALYSERS, Analyser
from reranklab.engine.comparison import Comparison, RankerRun
from reranklab.engine.request import MAX_REPEATS, Candidates, Request, RunSettings
from reranklab.engine.saved import FORMAT, LABEL, VERSION
from reranklab.engine.saved_reading import LONGEST_ID, LONGEST_TEXT, read_ranking
from reranklab.errors import DeviceError, InputError, RerankLabError
from reranklab.models.device import resolve_device
from reranklab.operator import Lock, check_unlocked
from reranklab.rankers.base import MAX_CANDIDATES, check_input
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import missing_models, runs_code
from reranklab.types import Document, Query, Ranking

_MOST_RANKERS = 50
_MOST_TERMS = 2_000_000
_MOST_DOCUMENTS = 10**12


def open_comparison(name: str, content: bytes, *, number: int = 0) -> Comparison:
    """The comparison that `save_comparison` wrote into a file; `number` is its place among those of this process.

    A ranker that is not known here, whose model is not stored here, or that runs a model's own code is shown and not explained,
    which the notes say: what a file asks for is not fetched and not run. Raises InputError for what is no such file.
    """
    record = _checked(name, content)
    query = Query(id=record.text("query_id", most=LONGEST_ID), text=record.text("query", most=MAX_DOCUMENT_CHARACTERS))
    documents = tuple(_document(each) for each in record.records("documents", most=MAX_CANDIDATES))
    try:
        check_input(query, documents)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    rankings = [read_ranking(each, query, documents) for each in record.records("rankings", most=_MOST_RANKERS)]
    failed = [_failure(each) for each in record.records("failures", most=_MOST_RANKERS)]
    ids = [ranking.ranker for ranking in rankings] + [run.ranker for run in failed]
    if not rankings or len(set(ids)) < len(ids):
        raise InputError(f"{name} has no ranking, or two of one ranker. Save it again.")
    specs, notes = _explainable(rankings)
    device, device_notes = _device(record)
    counted = _statistics(record) if record.has("statistics") else None
    candidates = Candidates(
        documents=documents,
        statistics=counted,
        pool=record.whole("pool", low=0, high=_MOST_DOCUMENTS) if record.has("pool") else None,
        context="" if counted is None else f"saved {hashlib.sha256(content).hexdigest()}",
        notes=(*notes, *device_notes, *_statistics_notes(counted)),
    )
    return Comparison(
        request=Request(
            label=(LABEL + record.text("label", most=LONGEST_TEXT)).removesuffix(" · "),
            query=query,
            collect=lambda cancel, progress: candidates,
            judgements=_judgements(record, documents),
            notes=record.texts("notes", most=1_000, longest=10 * LONGEST_TEXT),
        ),
        settings=RunSettings(specs=specs, device=device, repeats=record.whole("repeats", low=1, high=MAX_REPEATS)),
        candidates=candidates,
        runs=(*(RankerRun(ranker=each.ranker, state="finished", ranking=each) for each in rankings), *failed),
        number=number,
    )


def open_saved_file(file: str | os.PathLike[str]) -> Comparison:
    """`open_comparison` of a file on this machine. Raises InputError, and LockedError where the operator has locked files."""
    check_unlocked(Lock.LOCAL_FILES, f"The file {shown(file)}", "Upload it on the page.")
    path = typed_path(file, what="The file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{shortened(path)} cannot be read: {error.strerror}. Check the path.") from error
    return open_comparison(path.name, content)


def _checked(name: str, content: bytes) -> StrictRecord:
    if len(content) > MAX_UPLOAD_BYTES:
        raise InputError(
            f"{name} has {len(content) / 1024**2:.1f} MB, more than the limit of {MAX_UPLOAD_BYTES // 1024**2} MB."
        )
    value = parse_json(content, where=name)
    record = value if isinstance(value, dict) else {}
    if record.get("format") != FORMAT:
        raise InputError(f'{name} is no result that was saved to be opened again. Save one on Compare, under "Downloads".')
    version = record.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise InputError(f"{name} was saved by a newer RerankLab. Update this one, or save it with this one.")
    checked = StrictRecord(record, name)
    checked.whole("version", low=1, high=VERSION)
    return checked


def _document(record: StrictRecord) -> Document:
    return Document(
        id=record.text("id", most=LONGEST_ID),
        text=record.text("text", most=MAX_DOCUMENT_CHARACTERS),
        title=record.text("title", most=MAX_DOCUMENT_CHARACTERS),
    )


def _failure(record: StrictRecord) -> RankerRun:
    message = record.text("message", most=10 * LONGEST_TEXT)
    return RankerRun(
        ranker=record.text("ranker", most=LONGEST_ID), state="failed", message=message, error=RerankLabError(message)
    )


def _judgements(record: StrictRecord, documents: Sequence[Document]) -> dict[str, int]:
    judged = record.record("judgements")
    if any(len(id_) > LONGEST_ID or is_blank(id_) for id_ in judged.values):
        raise InputError(f"{judged.where} has an id that is blank or longer than {LONGEST_ID} characters. Save it again.")
    return {id_: judged.whole(id_, low=-1_000, high=1_000) for id_ in judged.values}


def _statistics(record: StrictRecord) -> StoredStatistics:
    saved = record.record("statistics")
    counted: dict[Analyser, CorpusStatistics] = {}
    for analyser in ANALYSERS:
        if not saved.has(analyser):
            continue
        each = saved.record(analyser)
        documents = each.whole("documents", low=1, high=_MOST_DOCUMENTS)
        frequencies = each.record("document_frequencies")
        if len(frequencies.values) > _MOST_TERMS:
            raise each.wrong("document_frequencies", f"an object of up to {_MOST_TERMS:,} terms")
        counted[analyser] = CorpusStatistics(
            documents=documents,
            average_length=each.number("average_length", low=1e-9, high=1e12),
            document_frequencies={term: frequencies.whole(term, low=1, high=documents) for term in frequencies.values},
        )
    return StoredStatistics(counted)


def _statistics_notes(counted: StoredStatistics | None) -> tuple[str, ...]:
    if counted is None or not counted.counted:
        return ()
    return (
        "The collection's term statistics were saved for the words of the query and of these documents. Other words count as "
        "absent from the collection.",
    )


def _explainable(rankings: Sequence[Ranking]) -> tuple[tuple[RankerSpec, ...], tuple[str, ...]]:
    """The rankers that can be asked again here, and why the others cannot."""
    specs = []
    notes = []
    for ranking in rankings:
        try:
            spec = parse_ranker_id(ranking.ranker)
            problem = _problem(spec, ranking.ranker)
        except RerankLabError as error:
            problem = str(error)
        if problem:
            notes.append(f"{ranking.ranker} is shown as it was saved and cannot be explained here: {problem}")
        else:
            specs.append(spec)
    return tuple(specs), tuple(notes)


def _problem(spec: RankerSpec, ranker: str) -> str:
    if spec.id != ranker:
        return f"its id is written {spec.id} here. Rank anew."
    if runs_code(spec):
        return "it runs a model's own code, which no file may ask for. Rank anew."
    spec.check_available()
    if missing := missing_models(spec):
        return (
            f"{', '.join(each.model or each.family.default_model for each in missing)} is not stored here. Fetch it on Models."
        )
    return ""


def _device(record: StrictRecord) -> tuple[str, tuple[str, ...]]:
    """The device of explanations: the saved one where it is here."""
    device = record.text("device", most=100)
    try:
        return resolve_device(device).id, ()
    except (DeviceError, InputError):
        return "cpu", (f"The device {device} is not here. Explanations run on cpu.",)
