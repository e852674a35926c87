"""Evaluate BM25 against a cross-encoder on a sample collection, and test the difference."""

import reranklab as rl
from reranklab.evaluate.confidence import paired_test

found = rl.evaluate("novel-facts", ["bm25", "cross-encoder"], candidates="judged", queries=6)
print(found)

queries = list(found["bm25"].per_query)
scores = {ranker: [found[ranker].per_query[query]["nDCG@10"] for query in queries] for ranker in ("bm25", "cross-encoder")}
test = paired_test(scores["cross-encoder"], scores["bm25"])
print(f"The cross-encoder is {test.difference:+.3f} nDCG@10 above BM25, p = {test.p_value:.4f} ({test.method}).")

hardest = min(queries, key=lambda query: found["cross-encoder"].per_query[query]["nDCG@10"])
print(f"Its hardest query is {hardest}: {found.collection.queries[hardest].text}")
