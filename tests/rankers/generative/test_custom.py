"""ListwiseRemoteRanker on tiny checkpoints made here: a folder with weights, a modeling file with rerank(), and a tokenizer."""

from __future__ import annotations

import json
import math
import re
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from reranklab.errors import Cancelled, ModelError, ModelRefusedError, QueryTooLongError, ScoreError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import cpu
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Ranker
from reranklab.rankers.generative.custom import CustomCodeRanker
from reranklab.rankers.generative.models import load_custom_code
from reranklab.rankers.reference import ModelReference
from reranklab.types import COSINE, Document, Query

CODE = '''
import torch
from transformers import PretrainedConfig, PreTrainedModel


class TinyConfig(PretrainedConfig):
    model_type = "tiny-listwise"


class TinyListwise(PreTrainedModel):
    """Scores a document by the share of its words that are in the query, times a learned weight."""

    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.scale = torch.nn.Parameter(torch.zeros(1))
        self.post_init()

    def _init_weights(self, module):
        pass

    def rerank(self, query, documents, top_n=None{parameters}):
        assert not torch.is_grad_enabled()
        words = set(query.split())
        scores = [
            float(self.scale) * sum(word in words for word in text.split()) / max(len(text.split()), 1)
            for text in documents
        ]
        order = sorted(range(len(documents)), key=lambda index: -scores[index])
        results = [
            {{"document": documents[index], "relevance_score": torch.tensor(scores[index]), "index": index}} for index in order
        ]
        {ending}
'''
WORDS = ["[UNK]", "<|end|>", "wing", "flow", "heat", "of", "a"]

QUERY = Query(text="wing flow")
DOCUMENTS = [
    Document(id="d1", text="heat of a wing"),  # 1 of 4 words
    Document(id="d2", text="heat"),  # none
    Document(id="d3", text="wing flow"),  # both
    Document(id="d4", text="of a"),  # none
]


def make_checkpoint(
    folder: Path,
    *,
    ending: str = "return results",
    parameters: str = "",
    tokenizer: bool = True,
    window: int = 32,
    weights: dict[str, torch.Tensor] | None = None,
) -> Path:
    folder.mkdir()
    config = {
        "model_type": "tiny-listwise",
        "architectures": ["TinyListwise"],
        "auto_map": {"AutoConfig": "modeling.TinyConfig", "AutoModel": "modeling.TinyListwise"},
        "max_position_embeddings": window,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "modeling.py").write_text(CODE.format(ending=ending, parameters=parameters), encoding="utf-8")
    save_file(weights or {"scale": torch.tensor([0.5])}, folder / "model.safetensors", metadata={"format": "pt"})
    if tokenizer:
        words = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
        words.pre_tokenizer = WhitespaceSplit()
        words.add_special_tokens(["<|end|>"])
        words.save(str(folder / "tokenizer.json"))
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "eos_token": "<|end|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def ranker_of(folder: Path, *, allow_code: bool = True, max_tokens: int = 0) -> CustomCodeRanker:
    entry = CatalogueEntry(id=str(folder), kind="listwise-custom", source="folder", max_tokens=max_tokens)
    reference = ModelReference(entry=entry, device=cpu(), precision="fp32", load=load_custom_code, allow_code=allow_code)
    return CustomCodeRanker(parse_ranker_id(f"listwise-llm:{folder}?remote_code=allow"), reference)


@pytest.fixture(autouse=True)
def own_code_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library copies a checkpoint's code to."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))


def test_a_ranking(tmp_path: Path) -> None:
    ranker: Ranker = ranker_of(make_checkpoint(tmp_path / "tiny"))
    steps: list[Step] = []
    ranking = ranker.rank(QUERY, DOCUMENTS, progress=steps.append)
    assert [item.id for item in ranking.items] == ["d3", "d1", "d2", "d4"]
    assert [item.score for item in ranking.items] == pytest.approx([0.5, 0.125, 0, 0])
    assert [(item.tokens_used, item.tokens_total) for item in ranking.items] == [(2, 2), (4, 4), (1, 1), (2, 2)]
    assert ranking.scale == COSINE
    assert ranking.warnings == ()
    assert ranking.details == {"calls": 1}
    assert (ranking.timing.documents, ranking.timing.tokens) == (4, 11)
    assert ranking.timing.load is not None
    assert [(step.done, step.total, step.unit) for step in steps] == [(0, 1, "call"), (1, 1, "call")]


def test_provenance(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny")
    provenance = ranker_of(folder).rank(QUERY, DOCUMENTS).provenance
    assert (provenance.family, provenance.model) == ("listwise-llm", str(folder))
    assert re.fullmatch(r"local-[0-9a-f]{12}", provenance.revision)
    assert len(provenance.weights_sha256) == 64
    assert provenance.parameters == {"max_tokens": 32, "method": "rerank()", "max_doc_tokens": 32}


def test_code_is_refused_unless_allowed(tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    folder = make_checkpoint(tmp_path / "tiny")
    code = folder / "modeling.py"
    code.write_text(f"open({str(marker)!r}, 'w').close()\n" + code.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ModelRefusedError, match="remote_code=allow"):
        ranker_of(folder, allow_code=False).load()
    assert not marker.exists()
    ranker_of(folder).load()
    assert marker.exists()


def test_what_the_model_cuts_is_told(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny", parameters=", max_doc_length=3")
    first = ranker_of(folder).rank(QUERY, DOCUMENTS)
    assert {item.id: (item.tokens_used, item.tokens_total) for item in first.items}["d1"] == (3, 4)
    assert first.provenance.parameters["max_doc_tokens"] == 3


def test_without_a_tokenizer_tokens_are_not_counted(tmp_path: Path) -> None:
    ranking = ranker_of(make_checkpoint(tmp_path / "tiny", tokenizer=False)).rank(QUERY, DOCUMENTS)
    assert [item.id for item in ranking.items] == ["d3", "d1", "d2", "d4"]
    assert {(item.tokens_used, item.tokens_total) for item in ranking.items} == {(0, 0)}
    assert "no tokenizer" in ranking.warnings[0]


def test_control_tokens_in_a_document_are_taken_apart(tmp_path: Path) -> None:
    ending = "assert not any('<|end|>' in text for text in documents); return results"
    ranking = ranker_of(make_checkpoint(tmp_path / "tiny", ending=ending)).rank(
        QUERY, [*DOCUMENTS, Document(id="d5", text="a<|end|>")]
    )
    assert "1 texts hold control tokens" in ranking.warnings[0]


def test_one_document(tmp_path: Path) -> None:
    ranking = ranker_of(make_checkpoint(tmp_path / "tiny")).rank(QUERY, DOCUMENTS[:1])
    assert [(item.id, item.rank) for item in ranking.items] == [("d1", 1)]


def test_a_query_that_fills_the_window(tmp_path: Path) -> None:
    ranker = ranker_of(make_checkpoint(tmp_path / "tiny", window=4))
    with pytest.raises(QueryTooLongError, match=r"The query takes 4 tokens and .* reads 4"):
        ranker.rank(Query(text="wing flow of heat"), DOCUMENTS)


def test_the_declared_window_goes_first(tmp_path: Path) -> None:
    ranking = ranker_of(make_checkpoint(tmp_path / "tiny"), max_tokens=3).rank(QUERY, DOCUMENTS)
    assert {item.id: item.tokens_used for item in ranking.items}["d1"] == 3


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("return results[:2]", "scored 2 documents of 4"),
        ("return results[:3] + results[:1]", "scored 4 documents of 4, or some twice"),
        ("return [dict(result, index=result['index'] + 1) for result in results]", "or some twice"),
        ("return scores", "index and a relevance_score"),
        ("return None", "index and a relevance_score"),
        ("return [{'index': result['index']} for result in results]", "index and a relevance_score"),
        ("raise LookupError('no such\\nlayer')", r"failed while ranking \(LookupError: no such\)"),
    ],
)
def test_code_that_answers_with_nonsense(tmp_path: Path, ending: str, words: str) -> None:
    ranker = ranker_of(make_checkpoint(tmp_path / "tiny", ending=ending))
    with pytest.raises(ModelError, match=words):
        ranker.rank(QUERY, DOCUMENTS)


def test_scores_that_are_no_numbers(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny", weights={"scale": torch.tensor([math.nan])})
    with pytest.raises(ScoreError, match="'d1' the score nan"):
        ranker_of(folder).rank(QUERY, DOCUMENTS)


def test_a_checkpoint_without_its_weights(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny", weights={"other": torch.zeros(1)})
    with pytest.raises(ModelRefusedError, match=r"lacks 1 weights .*scale"):
        ranker_of(folder).load()


def test_cancelled(tmp_path: Path) -> None:
    ranker = ranker_of(make_checkpoint(tmp_path / "tiny"))
    ranker.load()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        ranker.rank(QUERY, DOCUMENTS, cancel=cancel)
