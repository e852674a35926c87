"""Whether a served reranker gives the scores that the same model gives here."""
