"""Compare rankers on your own documents: python compare.py [RANKER ...]"""

import sys

import reranklab as rl

query = "what is the capital of france"
documents = ["Paris is the capital of France.", "France has three capitals of cheese.", "Berlin is the capital of Germany."]
result = rl.compare(query, documents, sys.argv[1:] or None)
print(result)
