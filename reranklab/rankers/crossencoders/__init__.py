"""Query and document read together by one network: a score for each pair."""
