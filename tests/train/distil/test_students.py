"""Students that are fitted: they begin as what they are made of, learn the teacher's order, and load through their families."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, pre_tokenizers

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.models.catalogue import find_model
from reranklab.models.store import ensure
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.distil.fit import FitSettings, Numbered, fit, numbered
from reranklab.train.distil.projection import ProjectedMaxSim, longest_directions, projection_student, put_matrix
from reranklab.train.distil.static_table import WeightedTable, token_numbers, write_table
from reranklab.train.distil.token_vectors import read_token_vectors
from reranklab.train.sets.examples import TrainingList
from reranklab.types import Document, Query
from tests.models.tiny import WORDS, tiny_embedder, write_json

DOCUMENTS = tuple(
    Document(id=str(number), text=text)
    for number, text in enumerate(
        ("paris is the capital", "milk", "a wing of cheese", "germany berlin", "what is the city of paris and cheese", "")
    )
)
QUERIES = ("what is the capital of france", "milk and cheese", "the wing", "berlin")


def lists(score) -> tuple[TrainingList, ...]:
    found = []
    for number, text in enumerate(QUERIES):
        labels = tuple(score(text, document.text) for document in DOCUMENTS)
        found.append(TrainingList(query=Query(text=text, id=f"q{number}"), documents=DOCUMENTS, labels=labels))
    return tuple(found)


def overlap(query: str, document: str) -> float:
    """A teacher that knows one word only."""
    return 4.0 * ("cheese" in document.split()) - 0.1 * len(document)


def ranked(ranker: str, query: str) -> dict[str, float]:
    ranking = build_ranker(parse_ranker_id(ranker), device="cpu").rank(Query(text=query), DOCUMENTS)
    return {item.id: item.score for item in ranking.items}


def maxsim(embedder: Path, query: str) -> dict[str, float]:
    """The sum over the query's tokens of the best cosine with a token of the document, without [CLS] and [SEP]."""
    model = SentenceTransformer(str(embedder), device="cpu", local_files_only=True)

    def vectors(text: str) -> np.ndarray:
        found = model.encode(text, output_value="token_embeddings").numpy()[1:-1]
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    asked = vectors(query)
    return {each.id: float((asked @ vectors(each.text).T).max(axis=1, initial=-1.0).sum()) for each in DOCUMENTS}


@pytest.fixture
def embedder(tmp_path: Path) -> Path:
    return tiny_embedder(tmp_path / "embedder")


def test_a_full_projection_begins_as_the_untrained_token_vectors_compare(embedder: Path, tmp_path: Path):
    model = projection_student(SentenceTransformer(str(embedder), device="cpu"), dimensions=16)
    texts = numbered(lists(overlap), ())
    queries = read_token_vectors(model, texts.queries, "query", tmp_path / "queries")
    documents = read_token_vectors(model, texts.documents, "document", tmp_path / "documents")
    matrix = longest_directions(documents, dimensions=16, seed=0)
    assert matrix @ matrix.T == pytest.approx(np.eye(16), abs=1e-5)
    put_matrix(model, torch.from_numpy(matrix))
    model.save(str(tmp_path / "student"))
    student = ProjectedMaxSim(queries, documents, matrix, factor=1.0)
    for number, text in enumerate(QUERIES):
        untrained = maxsim(embedder, text)
        ours = ranked(f"late-interaction:{tmp_path / 'student'}", text)
        assert ours == pytest.approx(untrained, abs=1e-4)
        fitted = student.scores([(number, tuple(range(len(DOCUMENTS))))])[0].tolist()
        assert fitted == pytest.approx([ours[document.id] for document in DOCUMENTS], abs=5e-3), "16-bit numbers"
    with pytest.raises(InputError, match="have 16"):
        projection_student(SentenceTransformer(str(embedder), device="cpu"), dimensions=17)


@pytest.mark.parametrize("loss", ["listwise-kl", "margin-mse"])
def test_a_projection_learns_the_teachers_order(embedder: Path, tmp_path: Path, loss: str):
    model = projection_student(SentenceTransformer(str(embedder), device="cpu"), dimensions=8)
    given = lists(overlap)
    texts = numbered(given, given)
    queries = read_token_vectors(model, texts.queries, "query", tmp_path / "queries")
    documents = read_token_vectors(model, texts.documents, "document", tmp_path / "documents")
    matrix = longest_directions(documents, dimensions=8, seed=0)

    def run() -> tuple[ProjectedMaxSim, object]:
        student = ProjectedMaxSim(queries, documents, matrix, factor=1.0)
        settings = FitSettings(loss=loss, epochs=30, learning_rate=0.05, documents=4, patience=30, temperature=1.0)
        return student, fit(student, texts, given, given, settings)

    student, course = run()
    assert course.losses[-1].loss < course.losses[0].loss * 0.7
    assert course.best.score.mean > course.before.score.mean
    assert torch.equal(student.matrix, run()[0].matrix), "the same seed gives the same student"
    put_matrix(model, student.matrix.detach())
    model.save(str(tmp_path / "student"))
    assert max(ranked(f"late-interaction:{tmp_path / 'student'}", QUERIES[1]).items(), key=lambda each: each[1])[0] in "24"


def static(folder: Path) -> Path:
    """A static model of the words of the tiny tokenizers."""
    vocabulary = {token: number for number, token in enumerate(["[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"})
    torch.manual_seed(0)
    save_file({"embedding.weight": torch.randn(len(vocabulary), 8)}, folder / "model.safetensors")
    kind = "sentence_transformers.models.StaticEmbedding"
    write_json(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": kind}])
    return folder


@pytest.mark.parametrize("vectors", [False, True])
def test_a_static_table_learns_and_loads(tmp_path: Path, vectors: bool):
    base = ensure(find_model(str(static(tmp_path / "static")), kinds=("static-embedding",)))
    model = SentenceTransformer(str(base.folder), device="cpu", local_files_only=True)
    given = lists(overlap)
    texts = numbered(given, given)
    student = WeightedTable(
        model[0].embedding.weight.detach(), token_numbers(model, texts.queries), token_numbers(model, texts.documents),
        factor=5.0, vectors=vectors,
    )  # fmt: skip
    before = student.scores([texts.lists[0]])[0]
    expected = 5 * model.similarity(model.encode([QUERIES[0]]), model.encode([each.text for each in DOCUMENTS]))[0]
    assert before.tolist() == pytest.approx(expected.tolist(), abs=1e-5)
    course = fit(
        student, texts, given, given, FitSettings(epochs=20, learning_rate=0.1, documents=4, patience=20, temperature=1.0)
    )
    assert course.losses[-1].loss < course.losses[0].loss
    write_table(base, student.weighted(), tmp_path / "student")
    assert load_file(tmp_path / "student" / "model.safetensors").keys() == {"embedding.weight"}
    learned = SentenceTransformer(str(tmp_path / "student"), device="cpu", local_files_only=True)
    scores = learned.similarity(learned.encode([QUERIES[0]]), learned.encode([each.text for each in DOCUMENTS]))[0]
    with torch.inference_mode():
        ours = student.scores([texts.lists[0]])[0] / student.log_factor.exp()
    assert ours.tolist() == pytest.approx(scores.tolist(), abs=1e-5)


def test_texts_are_numbered_once():
    texts = numbered(lists(overlap), lists(overlap)[:1])
    assert isinstance(texts, Numbered)
    assert (len(texts.queries), len(texts.documents)) == (4, 6)
    assert texts.held_back == texts.lists[:1]


def test_a_fit_stops_and_says_what_does_not_work():
    class Stopped:
        def is_set(self) -> bool:
            return True

    given = lists(overlap)
    student = WeightedTable(torch.randn(4, 3), [[0], [1], [2], [3]], [[0], [1], [2], [3], [0, 1], []], factor=1.0)
    with pytest.raises(Cancelled):
        fit(student, numbered(given, ()), given, (), FitSettings(), cancel=Stopped())
    with pytest.raises(InputError, match="no loss 'mse'"):
        FitSettings(loss="mse")
    with pytest.raises(InputError, match="epochs is 0"):
        FitSettings(epochs=0)
