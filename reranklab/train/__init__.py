"""Rerankers trained on one's own judgements, or on a teacher's scores, and what that changed."""
