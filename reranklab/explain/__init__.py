"""Why a document stands where it does: the analyses, each a module, and their catalogue.

Called, this package is the library's `explain`: `help(reranklab.api.explanation.explain)`.
"""
