"""One ranker fails in every way that a ranker can, beside one that works: in the engine, the command line and the library."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import reranklab as rl
from reranklab.cli import main
from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.rankers import catalogue
from reranklab.rankers.family import BuildContext, Capabilities, Family, Ranker, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query, Ranking
from tests.engine.scripted import ScriptedRanker, in_order
from tests.faults.conftest import StartPlan
from tests.faults.plan import Plan, what_is_wrong

DOCUMENTS = [Document(id=f"d{number}", text=f"a wing of kind {number}. It flies.") for number in range(5)]
TEXTS = {document.id: document.text for document in DOCUMENTS}


def go_too_deep() -> None:
    go_too_deep()


def exhaust() -> None:
    next(iter(()))


def raising(kind: type[BaseException], *words: object) -> Callable[[], None]:
    def fail() -> None:
        raise kind(*words)

    return fail


FAILURES: dict[str, Callable[[], None]] = {
    "ZeroDivisionError": raising(ZeroDivisionError, "a bug"),
    "IndexError": raising(IndexError, "index 7 is out of range"),
    "KeyError": raising(KeyError, "scores"),
    "AssertionError": raising(AssertionError),
    "OSError": raising(OSError, 28, "No space left on device"),
    "UnicodeDecodeError": raising(UnicodeDecodeError, "utf-8", b"\xff", 0, 1, "invalid start byte"),
    "ExceptionGroup": raising(ExceptionGroup, "several", [ValueError("one"), TypeError("two")]),
    "MemoryError": raising(MemoryError),
    "RecursionError": go_too_deep,
    "StopIteration": exhaust,
    "SystemExit": raising(SystemExit, 0),
}
PLACES = ("capabilities", "build", "load", "warm-up", "rank")
GARBAGE: dict[str, Callable[[Ranking], Any]] = {
    "nothing": lambda ranking: None,
    "a document is missing": lambda ranking: replace(ranking, items=ranking.items[1:]),
    "a document is there twice": lambda ranking: replace(ranking, items=(*ranking.items[:-1], ranking.items[0])),
    "a stranger": lambda ranking: replace(ranking, items=(replace(ranking.items[0], id="x"), *ranking.items[1:])),
    "ranks in disorder": lambda ranking: replace(ranking, items=ranking.items[::-1]),
    "NaN": lambda ranking: replace(ranking, items=(replace(ranking.items[0], score=float("nan")), *ranking.items[1:])),
    "infinity": lambda ranking: replace(ranking, items=(replace(ranking.items[0], score=float("inf")), *ranking.items[1:])),
    "no timing": lambda ranking: replace(ranking, timing=None),
}


class Breaking(ScriptedRanker):
    """Fails at one place of its life."""

    def __init__(self, place: str, fail: Callable[[], None], garbage: Callable[[Ranking], Any] | None = None) -> None:
        super().__init__(in_order, id="breaking")
        self.place, self.fail, self.garbage = place, fail, garbage

    def load(self, **options: Any) -> None:
        self._at("load")

    def rank(self, query: Query, documents: Sequence[Document], **options: Any) -> Ranking:
        self._at("rank" if len(self.calls) else "warm-up")
        ranking = super().rank(query, documents, **options)
        return self.garbage(ranking) if self.garbage else ranking

    def _at(self, place: str) -> None:
        if place == self.place:
            self.fail()


def breaking_family(place: str, fail: Callable[[], None], garbage: Callable[[Ranking], Any] | None = None) -> Family:
    def capabilities(spec: RankerSpec) -> Capabilities:
        if place == "capabilities":
            fail()
        return frozenset()

    def build(spec: RankerSpec, context: BuildContext) -> Ranker:
        if place == "build":
            fail()
        return Breaking(place, fail, garbage)

    return Family(
        id="breaking",
        title="Breaking",
        summary="For tests.",
        colour="#000000",
        capabilities=capabilities,
        build=build,
        scales=(RANK_ONLY,),
    )


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Family], None]]:
    """Makes a family known to the catalogue, for the test alone."""
    monkeypatch.setattr(catalogue, "_added", {})
    yield lambda family: catalogue._added.__setitem__(family.id, family)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Documents, and a dataset in BEIR layout."""
    documents = tmp_path / "documents.jsonl"
    documents.write_text("".join(f"{json.dumps({'id': id_, 'text': text})}\n" for id_, text in TEXTS.items()))
    dataset = tmp_path / "small"
    (dataset / "qrels").mkdir(parents=True)
    (dataset / "corpus.jsonl").write_text("".join(f"{json.dumps({'_id': i, 'text': t})}\n" for i, t in TEXTS.items()))
    (dataset / "queries.jsonl").write_text('{"_id": "q1", "text": "a wing"}\n{"_id": "q2", "text": "kind 3"}\n')
    rows = "".join(f"q{query}\td{document}\t1\n" for query in (1, 2) for document in range(5))
    (dataset / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows)
    return documents, dataset


def ways() -> Iterator[tuple[str, Family, str]]:
    """Every failure at every place: its name, a family that fails so, and what the sentence must say."""
    for name, fail in FAILURES.items():
        for place in PLACES:
            yield f"{name} at {place}", breaking_family(place, fail), name
    for name, garbage in GARBAGE.items():
        yield name, breaking_family("", exhaust, garbage), "breaking"


def test_in_the_engine(fault_plan: StartPlan, caplog: pytest.LogCaptureFixture) -> None:
    query = Query(text="a wing")
    with fault_plan("a ranker that fails, in the engine") as plan, caplog.at_level(logging.CRITICAL):
        for name, family, says in ways():
            settings = RunSettings(specs=(RankerSpec(family=family), catalogue.parse_ranker_id("bm25")))
            broken, good = compare(listed(query, DOCUMENTS), settings).runs
            wrong = what_is_wrong(broken.error) or ("" if says in broken.message else f"does not say {says}: {broken.message}")
            plan.tried(name, failed=wrong or ("" if good.ranking else "cost the other its result"))


@pytest.mark.parametrize("command", ["rank", "evaluate", "explain"])
def test_on_the_command_line(
    command: str,
    fault_plan: StartPlan,
    known: Callable[[Family], None],
    files: tuple[Path, Path],
    empty_cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    documents, dataset = files
    asked = ["--query", "a wing", "--documents", str(documents)]
    arguments = {
        "rank": asked,
        "evaluate": ["--dataset", str(dataset), "--candidates", "judged", "--format", "json"],
        "explain": [*asked, "--document", "d1"],
    }[command]
    with fault_plan(f"a ranker that fails, in reranklab {command}") as plan:
        for number, (name, fail) in enumerate(FAILURES.items()):
            known(breaking_family(PLACES[1 + number % 4], fail))
            status = main([command, *arguments, "--ranker", "breaking", "--ranker", "bm25"])
            plan.tried(name, failed=_wrong_end(status, *capsys.readouterr(), says=name))
        assert "ZeroDivisionError: a bug" in (empty_cache / "reranklab.log").read_text()


def _wrong_end(status: int, out: str, err: str, *, says: str) -> str:
    """What is wrong with the end of a command in which one ranker failed; "" where nothing is."""
    if status != 2:
        return f"status {status}"
    if "Traceback" in out + err or not any(says in line and "breaking" in line for line in err.splitlines()):
        return f"not one sentence on stderr: {err[:300]}"
    found = json.loads(out)
    rankers = [each.get("ranker") for each in found.get("rankings", found.get("results", found.get("explanations", [])))]
    return "" if "bm25" in rankers else f"the other's result is missing: {rankers}"


def test_a_ranker_that_fails_only_when_it_is_explained(
    fault_plan: StartPlan,
    known: Callable[[Family], None],
    files: tuple[Path, Path],
    empty_cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It ranked well, and so did the other; then the analysis asks it again."""
    asked = ["--query", "a wing", "--documents", str(files[0]), "--document", "d1"]
    with fault_plan("a ranker that fails while it is explained") as plan:
        for name, fail in FAILURES.items():
            built: list[Breaking] = []
            family = breaking_family("", fail)

            def build(spec: RankerSpec, context: BuildContext, built: list[Breaking] = built, fail: Any = fail) -> Ranker:
                built.append(Breaking("warm-up" if built else "", fail))
                return built[-1]

            known(replace(family, build=build))
            status = main(["explain", *asked, "--ranker", "breaking", "--ranker", "bm25"])
            plan.tried(name, failed=_wrong_end(status, *capsys.readouterr(), says=name))


def test_in_the_library(fault_plan: StartPlan, known: Callable[[Family], None], caplog: pytest.LogCaptureFixture) -> None:
    with fault_plan("a ranker that fails, in the library") as plan, caplog.at_level(logging.CRITICAL):
        for name, family, says in ways():
            known(family)
            found = rl.compare("a wing", TEXTS, ["breaking", "bm25"])
            (failure,) = found.failures
            good = [ranking.ranker for ranking in found] == ["bm25"] and says in failure.message
            plan.tried(name, failed=what_is_wrong(failure.error) or ("" if good else f"{found.rankings}, {failure.message}"))


def test_a_command_that_fails_ends_in_a_sentence(
    fault_plan: StartPlan, monkeypatch: pytest.MonkeyPatch, empty_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last boundary, for what no ranker did."""
    plan: Plan
    with fault_plan("a command that fails") as plan:
        for name, fail in FAILURES.items():
            monkeypatch.setattr("reranklab.commands.models.run", lambda options, cancel, fail=fail: fail())
            status = main(["models"])
            out, err = capsys.readouterr()
            good = status == 2 and not out and name in err and "Traceback" not in err and str(empty_cache) in err
            plan.tried(name, failed="" if good else f"status {status}: {err[:300]}")


def test_the_log_goes_to_stderr_where_it_cannot_be_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").write_text("no folder")
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "a file"))
    monkeypatch.setattr("reranklab.commands.models.run", lambda options, cancel: FAILURES["KeyError"]())
    assert main(["models"]) == 2
    err = capsys.readouterr().err
    assert "reranklab models failed in a way RerankLab does not know (KeyError)" in err
    assert "KeyError: 'scores'" in err


def test_a_full_log_makes_room(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    monkeypatch.setattr("reranklab.commands.models.run", lambda options, cancel: FAILURES["KeyError"]())
    empty_cache.mkdir()
    (empty_cache / "reranklab.log").write_text("x" * 1_000_001)
    assert main(["models"]) == 2
    assert "x" * 100 not in (empty_cache / "reranklab.log").read_text()
    assert (empty_cache / "reranklab.log.old").stat().st_size == 1_000_001
