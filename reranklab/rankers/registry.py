"""The rankers by id: `family`, `family:MODEL`, each with options as `?key=value&key=value`.

The app and the command line know rankers only through this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from reranklab.errors import InputError
from reranklab.models.device import resolve_device
from reranklab.rankers.base import Ranker

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics
    from reranklab.llm.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting of a family. `choices` is empty where any value of the default's kind goes."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A way of ranking. `default_model` is empty where there is no model; `kinds` are the catalogue kinds it can run.

    A `pointwise` family's score of a document depends on the query and that document alone, never on the other candidates.
    """

    id: str
    title: str
    summary: str
    default_model: str = ""
    kinds: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pointwise: bool = False


_REMOTE_CODE = Option(
    name="remote_code",
    default="refuse",
    choices=("refuse", "allow"),
    help="Run Python code that the checkpoint brings along. Allow it only for a model whose code you have read.",
)
_BATCH_TOKENS = Option(
    name="batch_tokens",
    default="8192",
    help="Most tokens in one batch, padding counted. 1 to 1048576; 1 is one text at a time, so that no score depends on the "
    "texts beside it, not even in its last digits.",
)
_PRECISION_HELP = "Number format of the weights and the arithmetic."

FAMILIES: Mapping[str, Family] = {
    family.id: family
    for family in (
        Family(
            id="bm25",
            title="BM25",
            summary="Counts shared terms, rare ones more. No model, no meaning.",
            options=(
                Option(
                    name="variant",
                    default="lucene",
                    choices=("lucene", "okapi", "plus", "l"),
                    help="Lucene's idf is always positive. Okapi's is 0 for a term in half of the documents.",
                ),
                Option(name="k1", default="1.2", help="How soon repeating a term stops adding to the score. 0 to 10."),
                Option(name="b", default="0.75", help="How much long documents are penalised. 0 to 1."),
                Option(
                    name="analyser",
                    default="english",
                    choices=("english", "words"),
                    help="english: lower case, stop words removed, stemmed. words: lower case only.",
                ),
            ),
        ),
        Family(
            id="bi-encoder",
            title="Bi-encoder",
            summary="Embeds query and documents apart and compares the vectors. Documents can be embedded in advance.",
            default_model="embedded/all-MiniLM-L6-v2",
            kinds=("bi-encoder",),
            pointwise=True,
            options=(
                Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=_PRECISION_HELP),
                Option(
                    name="documents",
                    default="embed",
                    choices=("embed", "indexed"),
                    help="embed: every run embeds every document. indexed: document embeddings are computed once, kept on disk "
                    "and left out of the time, as in a search service.",
                ),
                _BATCH_TOKENS,
                _REMOTE_CODE,
            ),
        ),
        Family(
            id="cross-encoder",
            title="Cross-encoder",
            summary="Reads the query with each document. Better, and paid for pair by pair.",
            default_model="embedded/ms-marco-MiniLM-L12-v2",
            kinds=("cross-encoder", "causal-reranker"),
            pointwise=True,
            options=(
                Option(
                    name="precision",
                    default="fp32",
                    choices=("fp32", "int8", "fp16", "bf16"),
                    help=_PRECISION_HELP + " int8 runs the model's ONNX file and exists only where the model brings one.",
                ),
                _BATCH_TOKENS,
                Option(name="instruction", default="", help="For models that take one. Empty: the model's own default."),
                _REMOTE_CODE,
            ),
        ),
        Family(
            id="listwise-llm",
            title="Listwise LLM",
            summary="A language model that sees many candidates in one prompt and compares them.",
            default_model="embedded/SmolLM2-135M-Instruct",
            kinds=("causal-lm", "listwise-remote"),
            options=(
                Option(
                    name="method",
                    default="attention",
                    choices=("attention", "first-token", "permutation", "chat"),
                    help="attention: calibrated attention from the query to each passage. first-token: logits of the first "
                    "answer token. permutation: a generated order, made to be valid. chat: an OpenAI-compatible endpoint.",
                ),
                Option(
                    name="heads",
                    default="fitted",
                    choices=("fitted", "all"),
                    help="Attention method only. fitted: weights for each head, shipped for the default model. all: plain sum.",
                ),
                Option(name="window", default="20", help="Passages in one prompt. 2 to 20."),
                Option(name="step", default="10", help="How far the window moves up the list. 1 to window."),
                Option(name="passage_tokens", default="256", help="Tokens of each passage that enter the prompt. 8 to 4096."),
                Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=_PRECISION_HELP),
                _REMOTE_CODE,
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerSpec:
    """A parsed ranker id. `options` holds only what was set, checked against the family's names and choices."""

    family: str
    model: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The canonical form: options sorted by name, defaults left out."""
        base = f"{self.family}:{self.model}" if self.model else self.family
        defaults = {option.name: option.default for option in FAMILIES[self.family].options}
        shown = {name: value for name, value in sorted(self.options.items()) if value != defaults[name]}
        return f"{base}?{urlencode(shown, quote_via=quote)}" if shown else base

    @property
    def hosted(self) -> bool:
        """Whether it calls a chat endpoint and runs no model here."""
        return self.family == "listwise-llm" and self.option("method") == "chat"

    def option(self, name: str) -> str:
        """The value set, or the family's default."""
        if name in self.options:
            return self.options[name]
        return next(option.default for option in FAMILIES[self.family].options if option.name == name)

    def integer(self, name: str, *, low: int, high: int) -> int:
        """The option as a whole number. Raises InputError outside of `low` to `high`."""
        value = self.option(name)
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise InputError(f"{self.family}: {name}={value} does not work. Give a whole number from {low} to {high}.")
        return int(value)


def parse_ranker_id(text: str) -> RankerSpec:
    """Parse and check `family[:MODEL][?key=value&...]`. Raises InputError naming what is wrong and what exists."""
    head, _, tail = text.strip().partition("?")
    family_id, _, model = head.partition(":")
    family = FAMILIES.get(family_id)
    if family is None:
        raise InputError(f"There is no ranker {family_id!r}. Choose one of: {', '.join(FAMILIES)}.")
    if model and not family.kinds:
        raise InputError(f"{family_id} has no model to choose: write {family_id!r} instead of {head!r}.")
    known = {option.name: option for option in family.options}
    options: dict[str, str] = {}
    for name, value in parse_qsl(tail, keep_blank_values=True):
        option = known.get(name)
        if option is None:
            raise InputError(f"{family_id} has no option {name!r}. It has: {', '.join(known)}.")
        if option.choices and value not in option.choices:
            raise InputError(f"{family_id}: {name}={value} does not exist. Choose one of: {', '.join(option.choices)}.")
        options[name] = value
    if tail and not options:
        raise InputError(f"{text!r} has options that cannot be read. Write them as ?key=value&key=value.")
    return RankerSpec(family=family_id, model="" if model == family.default_model else model, options=options)


def build_ranker(
    ranker: str | RankerSpec,
    *,
    device: str = "cpu",
    statistics: CorpusStatistics | None = None,
    endpoint: Endpoint | None = None,
) -> Ranker:
    """The ranker of an id on a device; nothing is loaded yet.

    `statistics` gives BM25 the term statistics of a whole collection. `endpoint` is the chat endpoint for
    listwise-llm?method=chat; without it the environment's is used. Raises InputError, DeviceError and ModelError.
    """
    spec = ranker if isinstance(ranker, RankerSpec) else parse_ranker_id(ranker)
    place = resolve_device(device)
    if spec.family == "bm25":
        from reranklab.rankers.bm25 import Bm25Options, Bm25Ranker

        return Bm25Ranker(id=spec.id, options=Bm25Options.from_strings(spec.options), statistics=statistics)
    if spec.family == "bi-encoder":
        from reranklab.rankers.biencoder import BiEncoderRanker

        return BiEncoderRanker(spec=spec, device=place)
    if spec.family == "cross-encoder":
        from reranklab.rankers.crossencoder import build_cross_encoder

        return build_cross_encoder(spec=spec, device=place)
    from reranklab.rankers.listwise import build_listwise

    return build_listwise(spec=spec, device=place, endpoint=endpoint)
