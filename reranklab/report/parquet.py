"""Rows as a Parquet file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from reranklab.report.tables import Row

METADATA_KEY = b"reranklab"
"""Under it the schema's metadata hold the manifest as JSON."""


def as_parquet(rows: Sequence[Row], manifest: Mapping[str, Any]) -> bytes:
    """A file whose schema's metadata hold the manifest."""
    import pyarrow
    from pyarrow import parquet

    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    table = pyarrow.table({name: pyarrow.array(values, type=_type(values)) for name, values in columns.items()})
    text = json.dumps(manifest, ensure_ascii=True, allow_nan=False).encode()
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({METADATA_KEY: text}), buffer)
    return buffer.getvalue()


def _type(values: Sequence[object]) -> Any:
    """Of a column: the same for an evaluation in which every value is absent."""
    import pyarrow

    present = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in present):
        return pyarrow.string()
    if present and all(isinstance(value, int) for value in present):
        return pyarrow.int64()
    return pyarrow.float64() if present else pyarrow.string()
