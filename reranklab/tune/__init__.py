"""Which configuration of rankers is best within a budget of time, and how good it is on queries that did not choose it."""
