"""What `import reranklab as rl` offers: the names, that each is documented, and what an import costs."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import reranklab as rl

ROOT = Path(__file__).parents[2]

NAMES = [
    "BeforeAfterResult",
    "BusyError",
    "Cancelled",
    "Collection",
    "ComparisonResult",
    "DataUnavailableError",
    "DeviceError",
    "Document",
    "Endpoint",
    "EndpointError",
    "EvaluationResult",
    "ExplanationResult",
    "Family",
    "FitSettings",
    "InputError",
    "LatencyResult",
    "LockedError",
    "Masking",
    "Mining",
    "MissingPackageError",
    "ModelError",
    "ModelRefusedError",
    "ModelUnavailableError",
    "ParsedDocuments",
    "Query",
    "QueryTooLongError",
    "RankResult",
    "RankedDocument",
    "RankerSpec",
    "Ranking",
    "RerankLabError",
    "ScoreError",
    "ScoreScale",
    "Step",
    "StorageError",
    "TooManyDocumentsError",
    "TrainingResult",
    "TrainingSettings",
    "TuningResult",
    "WatchResult",
    "__version__",
    "add_family",
    "before_after",
    "compare",
    "distil",
    "evaluate",
    "explain",
    "latency",
    "load_dataset",
    "open_result",
    "rank",
    "read_documents",
    "scorer_family",
    "train",
    "tune",
    "watch",
]
RESULTS = (
    rl.RankResult,
    rl.ComparisonResult,
    rl.EvaluationResult,
    rl.ExplanationResult,
    rl.LatencyResult,
    rl.TuningResult,
    rl.TrainingResult,
    rl.BeforeAfterResult,
    rl.WatchResult,
)


def test_the_names() -> None:
    assert rl.__all__ == NAMES
    assert dir(rl) == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if name != "__version__"])
def test_every_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(rl, name))


def test_every_error_is_exported() -> None:
    from reranklab import errors

    assert {name for name, value in vars(errors).items() if inspect.isclass(value)} <= set(NAMES)


@pytest.mark.parametrize("result", RESULTS)
def test_every_method_of_a_result_is_documented(result: type) -> None:
    public = {name: value for name, value in inspect.getmembers(result) if not name.startswith("_")}
    fields = set(getattr(result, "__dataclass_fields__", ()))
    undocumented = {name for name, value in public.items() if name not in fields and not inspect.getdoc(value)}
    assert undocumented <= {"query", "document", "ranking", "rankings", "collection"}


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("method", ["figure", "to_pandas", "to_dict", "to_json", "__iter__", "__repr__", "_repr_html_"])
def test_every_result_has_the_same_ways_out(result: type, method: str) -> None:
    assert callable(getattr(result, method))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rerank'"):
        getattr(rl, "rerank")  # noqa: B009


HEAVY = ("torch", "streamlit", "transformers", "sentence_transformers", "onnxruntime", "openai", "pandas", "plotly")


@pytest.mark.process
@pytest.mark.parametrize(
    "code",
    [
        "import reranklab",
        "from reranklab import *",
        "import reranklab as rl; rl.rank('a', ['a b', 'c'], 'bm25')",
        "import reranklab as rl; repr(rl.explain('a', ['a b', 'c'], 'd1', 'bm25'))",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(code: str) -> None:
    assert _run(f"{code}\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])") == "\n"


@pytest.mark.process
def test_importing_the_package_alone_imports_none_of_its_rooms() -> None:
    code = "import sys, reranklab; print([name for name in sys.modules if name.startswith('reranklab.')])"
    assert _run(code) == "[]\n"


@pytest.mark.process
@pytest.mark.parametrize("first", ["", "import reranklab.explain.attribution", "import reranklab.evaluate.metrics as metrics"])
def test_explain_and_evaluate_are_rooms_and_functions(first: str) -> None:
    """Importing a submodule puts its package in place of the function, whenever that happens."""
    code = (
        f"import reranklab as rl\n{first}\n"
        "before = rl.explain('a', ['a b', 'c'], 'd1', 'bm25')\n"
        "import reranklab.explain.cut, reranklab.evaluate.agreement\n"
        "import inspect\n"
        "print(len(rl.explain('a', ['a b', 'c'], 'd1', 'bm25')), list(inspect.signature(rl.evaluate).parameters)[:2])\n"
        "print(rl.explain.cut.__name__)"
    )
    assert _run(code) == "1 ['dataset', 'rankers']\nreranklab.explain.cut\n"


TYPED = """
import reranklab as rl

documents: list[str | rl.Document] = ["Paris is the capital.", rl.Document(id="b", text="Berlin")]
result: rl.RankResult = rl.rank(rl.Query(text="capital"), documents, "bm25", device="cpu", repeats=2)
places: list[tuple[int, str, float]] = [(item.rank, item.id, item.score) for item in result]
first: rl.Document = result.top(1)[0]
compared: rl.ComparisonResult = rl.compare("capital", rl.read_documents("a\\nb"), ["bm25", "bm25?b=0"], judgements={"d1": 1})
rankings: list[rl.Ranking] = list(compared)
words: str = compared.figure("rank-flow", selected="d1", top=10).words
columns: list[str] = list(result.to_pandas().columns)
runs: dict[str, str] = compared.to_trec()
explained: rl.ExplanationResult = rl.explain("capital", ["a capital"], "d1", method="terms", settings={"unit": "term"})
values: tuple[float, ...] = explained.attribution.values
collection: rl.Collection = rl.load_dataset("negation", split="test")
found: rl.EvaluationResult = rl.evaluate(collection, rankers=["bm25"], candidates="bm25:9", queries=5, seed=1, measures=["RR"])
mean: float = found["bm25"].metrics["RR"]
version: str = rl.__version__
settings: rl.TrainingSettings = rl.TrainingSettings(epochs=1)
trained: rl.TrainingResult = rl.train("negation", name="mine", settings=settings, mining=rl.Mining(negatives=3))
change: rl.BeforeAfterResult = rl.before_after("cross-encoder", trained.ranker, ["negation", collection])
verdicts: list[str] = [each.difference.verdict for each in change]
watched: rl.WatchResult = rl.watch("log.jsonl", reference="bm25", masking=rl.Masking(kinds=("phone",)))
causes: list[str] = [alert.cause for alert in watched]
wrong: int = result.ranking.items[0].id
rl.nothing_like_it
"""


@pytest.mark.process
def test_a_caller_is_checked_strictly_by_mypy(tmp_path: Path) -> None:
    """The file ends with two errors, so that a package that mypy reads as untyped would be noticed."""
    file, settings = tmp_path / "caller.py", tmp_path / "mypy.ini"
    file.write_text(TYPED, encoding="utf-8")
    silent = "[mypy-reranklab.*]\nfollow_imports = silent\n"  # as where the package is installed
    skipped = "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in HEAVY)  # large, and no part of what is asked here
    settings.write_text(f"[mypy]\nstrict = True\n{silent}{skipped}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path / "cache"), str(file)],
        capture_output=True, text=True, check=False, timeout=600, cwd=tmp_path, env={"MYPYPATH": str(ROOT)},
    )  # fmt: skip
    errors = [line.partition("error: ")[2] for line in done.stdout.splitlines() if "error: " in line]
    assert errors == [
        'Incompatible types in assignment (expression has type "str", variable has type "int")  [assignment]',
        'Module has no attribute "nothing_like_it"  [attr-defined]',
    ]


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout
