"""What works without the extras, and what the rest says then. Every process here cannot find the extras' packages."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.without import EXTRA_PACKAGES, command_without, run_without

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
DOCUMENTS = "Paris is the capital of France.\nBerlin is in Germany.\n"
MODELS_REMEDY = "pip install 'reranklab[models]'"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("documents") / "documents.txt"
    file.write_text(DOCUMENTS, encoding="utf-8")
    return str(file)


def _extras() -> Mapping[str, list[str]]:
    extras: Mapping[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    return extras


def test_the_packages_hidden_here_are_those_of_the_extras() -> None:
    extras = _extras()
    brought = {
        line.split(">")[0].split("=")[0]
        for name in ("models", "app", "plots", "llm", "ray", "ir-datasets")
        for line in extras[name]
    }
    # pip is there with every Python; it only carries the weights.
    assert {name.replace("-", "_") for name in brought - {"pip"}} == set(EXTRA_PACKAGES)


def test_all_holds_every_extra_that_is_not_for_development() -> None:
    extras = _extras()
    assert extras["all"] == [f"reranklab[{','.join(name for name in extras if name not in ('all', 'test'))}]"]


def test_bm25_ranks_by_command(documents: str) -> None:
    done = command_without("rank", "--query", "capital of france", "--documents", documents, "--ranker", "bm25")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"id": "d1",\n          "rank": 1' in done.stdout


def test_default_rankers_without_packages_are_left_out_in_one_line(documents: str) -> None:
    done = command_without("rank", "--query", "capital of france", "--documents", documents)
    assert done.returncode == 0
    assert done.stderr == (
        "reranklab: Left out, since packages are missing: Bi-encoder, Cross-encoder, Listwise LLM. "
        f"Install them: {MODELS_REMEDY}.\n"
    )
    assert done.stdout.count('"ranker": "bm25"') == 1


@pytest.mark.parametrize(
    ("ranker", "remedy"),
    [
        ("cross-encoder", MODELS_REMEDY),
        ("bi-encoder", MODELS_REMEDY),
        ("listwise-llm", MODELS_REMEDY),
        ("chunked", MODELS_REMEDY),
        ("listwise-llm?method=chat", "Listwise LLM needs openai. Install it: pip install 'reranklab[llm]'."),
    ],
)
def test_a_ranker_without_its_packages_names_the_extra(documents: str, ranker: str, remedy: str) -> None:
    done = command_without("rank", "--query", "capital of france", "--documents", documents, "--ranker", ranker)
    assert (done.returncode, done.stdout) == (2, "")
    assert remedy in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_chat_ranker_needs_nothing_but_the_extra_llm() -> None:
    code = (
        "from reranklab.rankers.catalogue import parse_ranker_id\n"
        "print(parse_ranker_id('listwise-llm?method=chat').remedy, parse_ranker_id('listwise-llm').missing[0])"
    )
    done = run_without(code, hidden=tuple(set(EXTRA_PACKAGES) - {"httpx2", "openai"}))
    assert done.stdout == " torch\n", done.stderr


def test_bm25_is_evaluated_and_explained_by_command(documents: str) -> None:
    evaluated = command_without("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", "bm25")
    assert (evaluated.returncode, evaluated.stderr) == (0, "")
    explained = command_without(
        "explain", "--query", "capital of france", "--documents", documents, "--document", "d1", "--ranker", "bm25"
    )
    assert (explained.returncode, explained.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (("app",), "The app needs streamlit, plotly, pandas. Install it: pip install 'reranklab[app]'."),
        (("models", "fetch"), MODELS_REMEDY),
        (("evaluate", "--dataset", "negation", "--ranker", "bi-encoder"), MODELS_REMEDY),
        (
            ("evaluate", "--dataset", "ir_datasets:vaswani", "--ranker", "bm25"),
            "ir_datasets:vaswani needs ir_datasets. Install it: pip install 'reranklab[ir-datasets]'.",
        ),
    ],
)
def test_other_commands_name_the_extra(command: tuple[str, ...], remedy: str) -> None:
    done = command_without(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert remedy in done.stderr
    assert done.stderr.count("\n") == 1


def test_models_and_datasets_are_listed() -> None:
    assert "embedded/all-MiniLM-L6-v2" in command_without("models").stdout
    assert "novel-facts" in command_without("datasets").stdout


def test_another_device_says_that_pytorch_is_missing(documents: str) -> None:
    done = command_without("rank", "--query", "a", "--documents", documents, "--ranker", "bm25", "--device", "cuda")
    assert done.returncode == 2
    assert f"'cuda' is not available: PyTorch is not installed ({MODELS_REMEDY})" in done.stderr


def test_the_library_ranks_explains_and_evaluates() -> None:
    code = (
        "import reranklab as rl\n"
        "result = rl.compare('capital', ['a capital', 'none'])\n"
        "print([ranking.ranker for ranking in result], result.notes)\n"
        "print(rl.rank('capital', ['none', 'a capital'], 'bm25').top(1)[0].id)\n"
        "print(rl.explain('capital', ['a capital', 'none'], 'd1', 'bm25').attribution.method)\n"
        "print(rl.evaluate('negation', ['bm25'], candidates='judged', queries=2)['bm25'].complete)\n"
    )
    done = run_without(code)
    note = f"Left out, since packages are missing: Bi-encoder, Cross-encoder, Listwise LLM. Install them: {MODELS_REMEDY}."
    assert done.stdout == f"['bm25'] {(note,)!r}\nd2\nleave-one-out\nTrue\n", done.stderr


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (
            "rl.rank('a', ['b'])",
            "Cross-encoder needs torch, transformers, sentence_transformers, safetensors, huggingface_hub.",
        ),
        ("rl.rank('a', ['b'], 'bm25').figure('scores')", "A figure needs plotly. Install it: pip install 'reranklab[plots]'."),
        ("rl.rank('a', ['b'], 'bm25').to_pandas()", "A data frame needs pandas. Install it: pip install 'reranklab[plots]'."),
        ("rl.evaluate('negation', 'bi-encoder', candidates='judged')", "Bi-encoder needs torch"),
    ],
)
def test_the_library_names_the_extra(call: str, remedy: str) -> None:
    code = f"import reranklab as rl\ntry:\n    {call}\nexcept rl.MissingPackageError as error:\n    print(error)"
    assert remedy in run_without(code).stdout
