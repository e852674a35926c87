"""Behaviour probes: minimal pairs of documents that state in which order a ranker should put them."""
