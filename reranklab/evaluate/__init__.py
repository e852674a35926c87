"""Rankers over judged queries: candidates, measures, confidence, agreement.

Called, this package is the library's `evaluate`: `help(reranklab.api.evaluation.evaluate)`.
"""
