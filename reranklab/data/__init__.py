"""What goes into the rankers: pasted text, uploaded tables, BEIR collections and the samples."""

from reranklab.data.collection import Collection, judged_candidates, list_splits, load_collection, sample_queries
from reranklab.data.paths import app_dir, cache_dir
from reranklab.data.samples import Sample, list_samples, load_sample, query_note
from reranklab.data.text import ParsedDocuments, clean_text, parse_pasted
from reranklab.data.upload import ColumnChoice, UploadedTable, guess_columns, read_upload, to_documents

__all__ = [
    "Collection",
    "ColumnChoice",
    "ParsedDocuments",
    "Sample",
    "UploadedTable",
    "app_dir",
    "cache_dir",
    "clean_text",
    "guess_columns",
    "judged_candidates",
    "list_samples",
    "list_splits",
    "load_collection",
    "load_sample",
    "parse_pasted",
    "query_note",
    "read_upload",
    "sample_queries",
    "to_documents",
]
