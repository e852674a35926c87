"""A ranker of your own, from a function: compared with BM25, and explained like any other."""

from collections.abc import Sequence

import reranklab as rl


def shared_pairs(query: str, texts: Sequence[str]) -> list[float]:
    """The share of the query's letter pairs that a text holds."""
    pairs = {query[place : place + 2].lower() for place in range(len(query) - 1)}
    return [sum(pair in text.lower() for pair in pairs) / max(len(pairs), 1) for text in texts]


scale = rl.ScoreScale(name="pairs", description="share of the query's letter pairs in the text: 0 to 1")
family = rl.scorer_family("letter-pairs", shared_pairs, title="Letter pairs", scale=scale)

documents = {
    "typo": "Pariss is the captal of Frnce.",
    "exact": "The capital of France is Paris.",
    "other": "Oslo is in Norway.",
}
result = rl.compare("capital of france", documents, ["bm25", family])
print(result)
print()
print(rl.explain("capital of france", documents, "typo", family, settings={"unit": "term"}))
