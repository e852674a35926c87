"""The model card of a trained model: Markdown from its record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_UNTOLD = "not told"


def card(record: Mapping[str, Any]) -> str:
    """README.md of a model folder. Names and licences of others stand in it as code, so that none is read as markup."""
    base, data, history = record["base"], record["data"], record["history"]
    lines = [
        "---",
        f"library_name: sentence-transformers\npipeline_tag: text-ranking\ntags:\n- {json.dumps(record['family'])}",
        "---",
        "",
        f"# {record['name']}",
        "",
        f"Trained by RerankLab on {record['created_at']} from {_code(base['model'])}. Use it as "
        f"{_code(record['family'] + ':FOLDER')}.",
        "",
        "## Licences",
        "",
        f"- Base model {_code(base['model'])}, revision {_code(base['revision'])}: {_code(base['licence'] or _UNTOLD)}.",
        f"- Training data {_code(data['name'])}: {_code(data['licence'] or _UNTOLD)}.",
        "",
        "Both bind whoever passes this model on.",
        "",
        "## Data",
        "",
        f"- {data['lists']:,} lists to train on, {data['held_back']:,} held back; {data['labels']} labels.",
        f"- SHA-256 of texts and labels: {_code(data['sha256'])}.",
        *(f"- {_plain(name)}: {_code(str(value))}." for name, value in data["provenance"].items()),
        "",
        "## Training",
        "",
        f"- Loss {_code(record['loss']['id'])}. {record['loss']['why']}",
        f"- {record['steps']['done']:,} of {record['steps']['planned']:,} steps"
        + (f", the weights of step {record['steps']['best']:,}." if record["steps"]["best"] else "."),
        f"- {record['parts']['trained']:,} of {record['parts']['weights']:,} weights, in "
        f"{record['parts']['trained_layers']} of {record['parts']['layers']} layers.",
        f"- Texts were cut to {record['window']['trained']} tokens for training; the model reads {record['window']['reads']}.",
        *(f"- {name}: {_code(str(value))}" for name, value in record["settings"].items()),
        f"- {record['minutes']:.1f} minutes on {_code(record['device'])}"
        + (f", foretold {record['minutes_foretold']:.1f}" if record["minutes_foretold"] is not None else "")
        + (f", {record['megabytes'] / 1000:.1f} GB of memory." if record["megabytes"] else "."),
        "",
        "## Held-back lists",
        "",
        "| after step | nDCG@10 | 95 % interval |",
        "|---|---|---|",
        *(f"| {each['step']} | {each['mean']:.4f} | {each['low']:.4f} to {each['high']:.4f} |" for each in history["scores"]),
        "",
        "The best step was chosen by these scores, so they flatter it: judge the model on queries that were not among them.",
        "",
        *(f"- {_plain(note)}" for note in record["notes"]),
        "",
        "## Versions",
        "",
        *(f"- {name} {version}" for name, version in record["versions"].items()),
        "",
    ]
    return "\n".join(lines)


def _code(text: str) -> str:
    return f"`{_plain(text).replace('`', chr(39))}`"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")
