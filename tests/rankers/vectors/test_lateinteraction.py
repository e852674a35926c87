"""Late interaction: MaxSim as sentence-transformers has it, for each format of checkpoint; a random projection is refused."""

import json
import string
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import MultiVectorEncoder, SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from sentence_transformers.util.similarity import maxsim
from transformers import BertModel, PreTrainedTokenizerFast

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.models.store import StoredModel
from reranklab.rankers.explainable import TokenMatches
from reranklab.types import Document, Query, Ranking
from tests.models.tiny import WORDS, bert_config, bert_tokenizer, tiny_embedder

QUERY = Query(text="what is the capital of france")
TEXTS = (
    "paris is the capital of france .",
    "berlin is the capital of germany",
    "milk",
    "the city of paris . cheese and milk . a wing . berlin and paris",
)
DOCUMENTS = tuple(Document(id=str(number), text=text) for number, text in enumerate(TEXTS))
EXTRA = ("[MASK]", "[unused0]", "[unused1]", ".")


def tokenizer() -> PreTrainedTokenizerFast:
    made = bert_tokenizer()
    made.add_special_tokens({"mask_token": "[MASK]"})
    made.add_tokens(["[unused0]", "[unused1]", "."])
    return made


def backbone(folder: Path) -> Path:
    torch.manual_seed(0)
    config = bert_config()
    config.vocab_size = len(WORDS) + 4 + len(EXTRA)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def native(folder: Path) -> Path:
    """As sentence-transformers saves one: queries of 12 tokens with [MASK] behind them, documents of 10 without punctuation."""
    expansion = {"strategy": "fixed", "attend": False, "length": 12}
    source = str(backbone(folder / "source"))
    modules = [
        Transformer(source, query_expansion=expansion, document_length=10),
        Dense(16, 8, bias=False, activation_function=torch.nn.Identity(), module_input_name="token_embeddings"),
        MultiVectorMask(list(string.punctuation)),
        Normalize(module_input_name="token_embeddings"),
    ]
    MultiVectorEncoder(modules=modules).save(str(folder / "native"))
    return folder / "native"


def stanford(folder: Path) -> Path:
    """As Stanford's ColBERT saves one: the projection beside the network's weights, the settings in a file of their own."""
    own = backbone(folder / "stanford")
    weights = {f"bert.{name}": tensor for name, tensor in load_file(own / "model.safetensors").items()}
    save_file({**weights, "linear.weight": torch.randn(8, 16)}, own / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((own / "config.json").read_text(encoding="utf-8"))
    (own / "config.json").write_text(json.dumps({**config, "architectures": ["HF_ColBERT"]}), encoding="utf-8")
    settings = {"query_maxlen": 12, "doc_maxlen": 10, "attend_to_mask_tokens": False, "mask_punctuation": True}
    (own / "artifact.metadata").write_text(json.dumps(settings), encoding="utf-8")
    return own


def pylate(folder: Path) -> Path:
    """As PyLate saves one: a dense layer of its own class, and the settings at the top."""
    own = backbone(folder / "pylate")
    kinds = {"": "sentence_transformers.models.Transformer", "1_Dense": "pylate.models.Dense.Dense"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": kind} for number, (path, kind) in enumerate(kinds.items())
    ]
    (own / "1_Dense").mkdir()
    save_file({"linear.weight": torch.randn(8, 16)}, own / "1_Dense" / "model.safetensors")
    identity = "torch.nn.modules.linear.Identity"
    dense = {"in_features": 16, "out_features": 8, "bias": False, "activation_function": identity}
    settings = {
        "model_type": "ColBERT",
        "query_prefix": "[unused0]",
        "document_prefix": "[unused1]",
        "query_length": 12,
        "document_length": 10,
        "do_query_expansion": True,
        "attend_to_expansion_tokens": False,
    }
    for name, value in {
        "modules.json": modules,
        "1_Dense/config.json": dense,
        "config_sentence_transformers.json": settings,
    }.items():
        (own / name).write_text(json.dumps(value), encoding="utf-8")
    return own


def scores(ranking: Ranking) -> list[float]:
    return [item.score for item in sorted(ranking.items, key=lambda item: item.candidate)]


def matches(ranker: str, query: Query, document: Document) -> TokenMatches:
    found: TokenMatches = build_ranker(ranker).token_matches(query, document)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("make", [native, stanford, pylate], ids=lambda make: make.__name__)
def test_scores_are_those_of_sentence_transformers(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = make(tmp_path)
    own = MultiVectorEncoder(str(folder), device="cpu")
    expected = own.similarity(own.encode_query([QUERY.text]), own.encode_document(list(TEXTS)))[0].tolist()
    ranking = build_ranker(f"late-interaction:{folder}").rank(QUERY, DOCUMENTS)
    assert scores(ranking) == pytest.approx(expected, abs=1e-5)
    assert [item.id for item in ranking.items if item.truncated] == ["3"], "ten tokens of a document are read"
    assert ranking.warnings == ()
    mean = build_ranker(f"late-interaction:{folder}?score=mean").rank(QUERY, DOCUMENTS)
    assert scores(mean) == pytest.approx([score / 12 for score in expected], abs=1e-6)
    found = matches(f"late-interaction:{folder}", QUERY, DOCUMENTS[0])
    assert sum(found.contributions) == found.score == pytest.approx(expected[0], abs=1e-5)
    places = [TEXTS[0][token.span.start : token.span.end] for token in found.document_tokens if token.part == "document"]
    assert places == ["paris", "is", "the", "capital", "of", "france"], "punctuation does not count"
    assert [token.piece for token in found.query_tokens].count("[MASK]") >= 3
    words = [QUERY.text[token.span.start : token.span.end] for token in found.query_tokens if token.part == "document"]
    assert words == QUERY.text.split()


def test_a_query_that_the_checkpoint_cuts_is_noted(tmp_path: Path) -> None:
    ranking = build_ranker(f"late-interaction:{native(tmp_path)}").rank(Query(text="capital of france " * 5), DOCUMENTS)
    assert len(ranking.warnings) == 1
    assert "has 15 tokens" in ranking.warnings[0]
    assert "reads 10 of a query" in ranking.warnings[0]


def test_an_embedder_without_training_gives_maxsim_of_the_tokens_of_the_texts(weights: dict[str, StoredModel]) -> None:
    own = SentenceTransformer(str(weights["embedded/all-MiniLM-L6-v2"].folder), device="cpu")
    texts = [QUERY.text, *TEXTS, "Die Hauptstadt Frankreichs: Paris! " * 60]
    vectors = own.encode(texts, output_value="token_embeddings")
    query, *documents = [torch.nn.functional.normalize(each[1:-1].cpu(), dim=1) for each in vectors]
    candidates = tuple(Document(id=str(number), text=text) for number, text in enumerate(texts[1:]))
    ranking = build_ranker("late-interaction").rank(QUERY, candidates)
    assert scores(ranking) == pytest.approx(maxsim([query], documents)[0].tolist(), abs=1e-5)
    assert [item.truncated for item in sorted(ranking.items, key=lambda item: item.candidate)] == [False] * 4 + [True]
    assert "was not trained for late interaction" in ranking.warnings[0]
    assert ranking.provenance.parameters["trained_for_it"] is False
    spec = build_ranker("late-interaction").spec
    assert spec.family.describe(spec) == "all-MiniLM-L6-v2, not trained for late interaction"


@pytest.mark.usefixtures("weights")
def test_each_query_token_has_its_match_and_the_parts_add_up() -> None:
    document = Document(id="d", text="Paris is the capital of France.")
    found = matches("late-interaction", QUERY, document)
    ranking = build_ranker("late-interaction").rank(QUERY, [document])
    assert sum(found.contributions) == found.score == ranking.items[0].score
    pairs = {
        QUERY.text[token.span.start : token.span.end]: found.document_tokens[place].piece
        for token, place in zip(found.query_tokens, found.matched, strict=True)
    }
    assert (pairs["capital"], pairs["france"], pairs["of"]) == ("capital", "france", "of")
    for row, place, added in zip(found.cosines, found.matched, found.contributions, strict=True):
        assert row[place] == row.max() == pytest.approx(added, abs=1e-9)


@pytest.mark.usefixtures("weights")
def test_a_document_of_which_no_token_counts_is_last() -> None:
    ranking = build_ranker("late-interaction").rank(QUERY, [Document(id="blank", text=" "), Document(id="d", text="🗼 🗼")])
    assert [item.id for item in ranking.items] == ["d", "blank"]
    assert ranking.items[1].score == -6.0
    assert matches("late-interaction", QUERY, Document(id="blank", text=" ")).matched == ()


@pytest.mark.usefixtures("own_cache")
def test_vectors_from_disk_give_the_same_scores() -> None:
    plain = scores(build_ranker("late-interaction").rank(QUERY, DOCUMENTS))
    first = build_ranker("late-interaction?documents=indexed").rank(QUERY, DOCUMENTS)
    again = build_ranker("late-interaction?documents=indexed&score=mean").rank(QUERY, DOCUMENTS)
    assert scores(first) == pytest.approx(plain, abs=1e-6)
    assert [ranking.details["documents_embedded_now"] for ranking in (first, again)] == [4, 0]
    assert [6 * score for score in scores(again)] == pytest.approx(scores(first), abs=1e-9)
    pooled = build_ranker("bi-encoder?documents=indexed").rank(QUERY, DOCUMENTS)
    assert pooled.details["documents_embedded_now"] == 4, "its vectors lie elsewhere"


@pytest.mark.parametrize("make", [backbone, tiny_embedder], ids=["a bare network", "an embedder of sentences"])
def test_a_random_projection_is_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match=r"is no late-interaction checkpoint .* random"):
        build_ranker(f"late-interaction:{make(tmp_path / 'model')}").load()


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    folder = stanford(tmp_path)
    weights = load_file(folder / "model.safetensors")
    save_file({name: value for name, value in weights.items() if name != "linear.weight"}, folder / "model.safetensors")
    with pytest.raises(ModelRefusedError, match="it has no projection of its own"):
        build_ranker(f"late-interaction:{folder}").load()
    layer = "bert.encoder.layer.0.attention.self.query.weight"
    save_file({name: value for name, value in weights.items() if name != layer}, folder / "model.safetensors")
    with pytest.raises(ModelRefusedError, match="lacks 1 weights that a multi-vector needs"):
        build_ranker(f"late-interaction:{folder}").load()
    other = pylate(tmp_path)
    (other / "1_Dense" / "model.safetensors").unlink()
    with pytest.raises(ModelRefusedError, match="lacks the weights of its projection, 1_Dense"):
        build_ranker(f"late-interaction:{other}").load()
