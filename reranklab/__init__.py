"""RerankLab: explore how rerankers behave on your own queries."""

__version__ = "0.1.0"
