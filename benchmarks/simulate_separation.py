"""How often the interval of an AUC over all queries covers the truth.

Each query has a level of its own, so that its documents' scores go together; two of ten documents are relevant. Prints a table
of docs/drift.md: `python -m benchmarks.simulate_separation`.
"""

from __future__ import annotations

import argparse
import sys
from statistics import NormalDist

import numpy as np

from reranklab.evaluate.separation import ScoredPairs, pooled_auc
from reranklab.types import LOGIT

QUERIES = (12, 25, 60, 300)
SHIFTS = (0.0, 1.0, 3.0, 5.0)
DOCUMENTS, RELEVANT = 10, 2


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    # A relevant score less another one of another query has variance 4.
    truths = [NormalDist().cdf(shift / 2) for shift in SHIFTS]
    sys.stdout.write(f"| queries | {' | '.join(f'AUC {truth:.3f}' for truth in truths)} |\n|{'---|' * (len(SHIFTS) + 1)}\n")
    for queries in QUERIES:
        cells = []
        for shift, truth in zip(SHIFTS, truths, strict=True):
            found = (pooled_auc(drawn(seed, queries, shift)) for seed in range(runs))
            cells.append(f"{100 * sum(each is not None and each.low <= truth <= each.high for each in found) / runs:.1f}")
        sys.stdout.write(f"| {queries} | {' | '.join(cells)} |\n")
    return 0


def drawn(seed: int, queries: int, shift: float) -> ScoredPairs:
    """Scores of which the relevant ones are higher by `shift`, in the mean."""
    generator = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(queries), DOCUMENTS)
    relevant = np.tile(np.arange(DOCUMENTS) < RELEVANT, queries)
    scores = generator.normal(size=queries)[numbers] + generator.normal(size=numbers.size) + shift * relevant
    return ScoredPairs(scale=LOGIT, queries=numbers, scores=scores, relevant=relevant)


if __name__ == "__main__":
    sys.exit(main())
