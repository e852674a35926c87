"""What an operator has locked stays locked, whatever way leads there."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import reranklab as rl
from reranklab.errors import LockedError, RerankLabError
from reranklab.models.catalogue import CatalogueEntry, find_model, list_models
from reranklab.models.store import ensure
from reranklab.rankers.catalogue import families, kinds, parse_ranker_id
from reranklab.services.endpoint import Endpoint
from reranklab.ui.address import Known
from reranklab.ui.links import read_link
from reranklab.ui.state import default_session
from tests.contract.command import run_command
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong
from tests.llm.chat_server import serve, streamed
from tests.models.tiny import tiny_classifier

TEXTS = ["Paris is the capital of France.", "Berlin is in Germany."]
KEY = "sk-operators-own-key"
WITH_CODE = {
    entry.id: next(family.id for family in families().values() if entry.kind in family.kinds)
    for entry in list_models()
    if entry.remote_code
}
"""Models that bring code, with a family that runs them."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint, a dataset and documents that all work where nothing is locked, and links to them."""
    place = tmp_path_factory.mktemp("place")
    tiny_classifier(place / "owner" / "name")
    (place / "model").symlink_to(place / "owner" / "name", target_is_directory=True)
    dataset = place / "dataset"
    (dataset / "qrels").mkdir(parents=True)
    (dataset / "corpus.jsonl").write_text('{"_id": "d1", "text": "Paris"}\n', encoding="utf-8")
    (dataset / "queries.jsonl").write_text('{"_id": "q1", "text": "Paris"}\n', encoding="utf-8")
    (dataset / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n", encoding="utf-8")
    (place / "scifact").symlink_to(dataset, target_is_directory=True)
    (place / "documents.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    (place / "link.txt").symlink_to(place / "documents.txt")
    return place


@pytest.fixture(autouse=True)
def here(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is locked, and paths are meant from `place`."""
    for name in ("RERANKLAB_SETTINGS", "RERANKLAB_LLM_URL", "RERANKLAB_LLM_KEY", "RERANKLAB_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(place)


def model_paths(place: Path) -> list[str]:
    folder = place / "owner" / "name"
    return [str(folder), str(place / "model"), "model", "./model", "./owner/name", "~/model", f"../{place.name}/model"]


def spec_texts(place: Path) -> list[str]:
    """Ranker ids that name a folder, or let a model's code run."""
    paths = [*model_paths(place), "%2Fetc", "/", "/proc/1/root", "owner/name@../../../../etc", "owner/name@/etc", "C:\\models"]
    ids = [f"{family}:{path}" for family in ("cross-encoder", "bi-encoder", "listwise-llm") for path in paths]
    allowed = [f"{family}?remote_code=allow" for family in ("cross-encoder", "bi-encoder", "listwise-llm")]
    allowed += [f"{family}:{model}?remote_code=allow" for model, family in WITH_CODE.items()]
    allowed.append("cross-encoder:someone/model?remote_code=allow")
    return [*ids, *allowed, *(f"chunked({inside})" for inside in (*ids, *allowed))]


def refused(action: Callable[[], object]) -> str:
    """What is wrong with the end of what an operator has locked; "" where it is refused for that reason."""
    try:
        action()
    except RerankLabError as error:
        return what_is_wrong(error) or ("" if isinstance(error, LockedError) else f"another error: {error}")
    return "no error"


def refused_by_command(*arguments: str) -> str:
    status, out, err = run_command(*arguments)
    lines = err.strip().splitlines()
    if status != 2 or out or len(lines) != 1 or "the operator of this installation has locked" not in lines[0]:
        return f"status {status}: {out[:200]}{err[:400]}"
    return ""


def give(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(texts).encode())))


def test_the_paths_work_where_nothing_is_locked(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "0")
    for model in model_paths(place):
        assert rl.rank("capital", TEXTS, f"cross-encoder:{model}").ranking.items
    assert find_model("owner/name", kinds=("cross-encoder",)).source == "folder"
    assert [len(rl.load_dataset(name).documents) for name in ("dataset", "scifact")] == [1, 1]
    assert len(rl.read_documents("link.txt").documents) == 2


def test_folders_and_code_are_refused_to_scripts(place: Path, fault_plan: StartPlan):
    with fault_plan("locked rankers in the library") as plan:
        for text in spec_texts(place):
            plan.tried(text, failed=refused(lambda text=text: rl.rank("capital", TEXTS, text)))
            plan.tried(f"compare {text}", failed=refused(lambda text=text: rl.compare("capital", TEXTS, [text])))


def test_folders_and_code_are_refused_to_commands(place: Path, fault_plan: StartPlan, monkeypatch: pytest.MonkeyPatch):
    with fault_plan("locked rankers on the command line") as plan:
        for text in spec_texts(place):
            give(TEXTS, monkeypatch)
            plan.tried(text, failed=refused_by_command("rank", "--query", "capital", "--documents", "-", "--ranker", text))
        for path in model_paths(place):
            plan.tried(f"fetch {path}", failed=refused_by_command("models", "fetch", path))
        for model in WITH_CODE:
            plan.tried(f"fetch {model}", failed=refused_by_command("models", "fetch", model))


def test_no_link_brings_them_in(place: Path, fault_plan: StartPlan):
    known = Known(samples=["negation"], datasets=["scifact"], devices=["cpu"])
    with fault_plan("locked rankers in links") as plan:
        for text in spec_texts(place):
            session = default_session()
            read_link(session, {"source": ["sample"], "ranker": [text], "run": ["1"]}, known)
            wrong = []
            for spec in session.specs():
                wrong += ["a link sets remote_code"] if "remote_code" in spec.id else []
                if spec.model and not refused(lambda spec=spec: rl.rank("capital", TEXTS, spec)):
                    continue
                wrong += [f"{spec.id} is let in"] if spec.model else []
            plan.tried(text, failed="; ".join(wrong))


def test_the_store_itself_refuses_them(place: Path, fault_plan: StartPlan):
    folder = CatalogueEntry(id=str(place / "model"), kind="cross-encoder", source="folder")
    with fault_plan("locked models at the store") as plan:
        plan.tried("a folder", failed=refused(lambda: ensure(folder)))
        for entry in list_models():
            plan.tried(entry.id, failed=refused(lambda entry=entry: ensure(entry, allow_code=True)))
        for path in model_paths(place):
            plan.tried(path, failed=refused(lambda path=path: find_model(path, kinds=tuple(kinds()))))


def test_a_folder_called_like_a_hub_model_is_not_used():
    assert find_model("owner/name", kinds=("cross-encoder",)).source == "hub"


def test_datasets_and_documents_by_their_path_are_refused(place: Path, fault_plan: StartPlan, monkeypatch: pytest.MonkeyPatch):
    datasets = [
        "dataset",
        "sub/../scifact",
        str(place / "dataset"),
        "~/dataset",
        "../place/dataset",
        "/",
        "data.zip",
        "nothing",
        "\x00",
    ]
    documents = ["documents.txt", "link.txt", str(place / "documents.txt"), "/etc/passwd", "absent.csv"]
    with fault_plan("locked datasets and documents") as plan:
        for name in datasets:
            plan.tried(f"load {name}", failed=refused(lambda name=name: rl.load_dataset(name)))
            plan.tried(f"load Path {name}", failed=refused(lambda name=name: rl.load_dataset(Path(name))))
            plan.tried(f"evaluate {name}", failed=refused(lambda name=name: rl.evaluate(name, ["bm25"])))
            wrong = refused_by_command("evaluate", "--dataset", name, "--ranker", "bm25")
            plan.tried(f"command {name}", failed=wrong)
        for name in documents:
            plan.tried(f"read {name}", failed=refused(lambda name=name: rl.read_documents(Path(name))))
            wrong = refused_by_command("rank", "--query", "capital", "--documents", name, "--ranker", "bm25")
            plan.tried(f"command {name}", failed=wrong)


def test_a_text_that_is_the_name_of_a_file_is_a_text(place: Path):
    (place / "capital").write_text("secret", encoding="utf-8")
    assert [document.text for document in rl.read_documents("capital").documents] == ["capital"]


def test_a_dataset_folder_called_like_a_known_one_is_not_used():
    with pytest.raises(rl.DataUnavailableError, match="scifact is not here yet"):
        rl.load_dataset("scifact")


def test_what_is_not_locked_still_works(monkeypatch: pytest.MonkeyPatch):
    assert len(rl.rank("capital", TEXTS, "bm25").ranking.items) == 2
    assert len(rl.read_documents("\n".join(TEXTS)).documents) == 2
    assert rl.load_dataset("negation").queries
    give(TEXTS, monkeypatch)
    status, out, _ = run_command("rank", "--query", "capital", "--documents", "-", "--ranker", "bm25")
    assert status == 0 and len(json.loads(out)["rankings"][0]["items"]) == 2


def test_endpoints_of_ones_own_are_refused(fault_plan: StartPlan, monkeypatch: pytest.MonkeyPatch):
    with serve(streamed("[1] > [2]")) as own, serve(streamed("[1] > [2]")) as operators:
        usual = {"url": operators.url, "key": KEY, "model": "set-up"}
        changes = [{"url": own.url}, {"url": own.url, "key": ""}, {"key": "another-key"}, {"key": ""}, {"model": "dearer"}]
        chat = ["listwise-llm:dearer?method=chat", "chunked(listwise-llm:dearer?method=chat)"]
        with fault_plan("locked chat endpoints") as plan:
            plan.tried("none set up", failed=refused(lambda: Endpoint(**usual)))
            for name, value in usual.items():
                monkeypatch.setenv(f"RERANKLAB_LLM_{name.upper()}", value)
            for change in changes:
                plan.tried(str(change), failed=refused(lambda change=change: Endpoint(**{**usual, **change})))
            for text in chat:
                plan.tried(text, failed=refused(lambda text=text: rl.rank("capital", TEXTS, text)))
                give(TEXTS, monkeypatch)
                wrong = refused_by_command("rank", "--query", "capital", "--documents", "-", "--ranker", text)
                plan.tried(f"command {text}", failed=wrong)
        assert own.calls == operators.calls == []


def test_the_endpoint_that_is_set_up_works_and_its_key_shows_nowhere(monkeypatch: pytest.MonkeyPatch):
    with serve(streamed("[2] > [1]")) as operators:
        for name, value in {"URL": operators.url, "KEY": KEY, "MODEL": "set-up"}.items():
            monkeypatch.setenv(f"RERANKLAB_LLM_{name}", value)
        found = rl.rank("capital", TEXTS, "listwise-llm?method=chat")
        assert [item.id for item in found.ranking.items] == ["d2", "d1"]
        assert {call.headers["Authorization"] for call in operators.calls} == {f"Bearer {KEY}"}
        assert KEY not in found.to_json() + repr(found) + repr(parse_ranker_id("listwise-llm?method=chat"))
