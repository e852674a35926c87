"""The examples run as they are: from a checkout, and from an installed wheel in a folder that holds nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SHOW_WHERE = "import reranklab, runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0]); print(reranklab.__file__)"


def run_example(name: str, *arguments: str, place: Path, folder: Path) -> str:
    """What an example prints with the package of `place` in an empty folder, and at last where the package lies."""
    folder.mkdir()
    command = [sys.executable, "-c", SHOW_WHERE, str(ROOT / "examples" / name), *arguments]
    env = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=folder, env=env)
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return done.stdout


def test_there_are_three_short_ones() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in EXAMPLES}
    assert set(lengths) == {"compare.py", "evaluate.py", "own_ranker.py"}
    assert all(10 <= length <= 30 for length in lengths.values()), lengths


@pytest.mark.usefixtures("weights")
def test_compare_runs_the_default_rankers(tmp_path: Path) -> None:
    printed = run_example("compare.py", place=ROOT, folder=tmp_path / "empty")
    assert printed.splitlines()[1].split() == ["id", "BM25", "Bi-encoder", "Cross-encoder", "Listwise", "LLM", "text"]


@pytest.mark.usefixtures("weights")
def test_evaluate_compares_two_rankers(tmp_path: Path) -> None:
    printed = run_example("evaluate.py", place=ROOT, folder=tmp_path / "empty")
    assert "novel-facts (test), 6 queries, candidates judged." in printed
    assert "The cross-encoder is +0." in printed


def test_own_ranker_is_compared_and_explained(tmp_path: Path) -> None:
    printed = run_example("own_ranker.py", place=ROOT, folder=tmp_path / "empty").splitlines()
    assert printed[1].split() == ["id", "BM25", "Letter", "pairs", "text"]
    assert "Leave-one-out, Letter pairs: typo at rank 2 of 3, pairs 0.75" in printed
    # Only "captal " holds these of the query's 16 pairs: "ca", "ap", "ta", "al", "l ".
    assert ["0.3125", "0.4167", "captal"] in [line.split() for line in printed]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, installed without what it depends on, which is here."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("reranklab-*.whl")
    _pip("install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


@pytest.mark.parametrize("example", [("compare.py", "bm25", "bm25?variant=okapi"), ("own_ranker.py",)])
def test_it_runs_from_an_installed_wheel_in_an_empty_folder(example: tuple[str, ...], installed: Path, tmp_path: Path) -> None:
    printed = run_example(*example, place=installed, folder=tmp_path / "empty").splitlines()
    assert printed[-1] == str(installed / "reranklab" / "__init__.py")
    assert printed[1].split()[:2] == ["id", "BM25"]


def test_the_wheel_brings_samples_and_types(installed: Path, tmp_path: Path) -> None:
    code = "import reranklab as rl; print(len(rl.load_dataset('negation').queries), rl.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )  # fmt: skip
    assert done.stdout == f"12 {installed / 'reranklab' / '__init__.py'}\n"
    assert (installed / "reranklab" / "py.typed").is_file()


def _pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
