"""How an evaluation was made, as the last part of its report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reranklab.report.markup import data, items, joined, paragraphs, table


def making_part(about: Mapping[str, Any], *, number: int) -> Markup:
    """The command that repeats the evaluation, what computed it, and the whole manifest, for readers and for programs."""
    command = about["command"]
    shown = Markup("<pre>{}</pre>").format(command) if command else Markup("")
    models = [_model(each) for each in about["rankers"]]
    header = ("Ranker", "model", "revision", "SHA-256 of the weights", "device", "precision", "versions")
    digests = [
        f"Collection: SHA-256 {about['collection']['sha256'] or 'not known'}.",
        f"Judgements: SHA-256 {about['judgements_sha256']}.",
        f"Made {about['made_at']} with {_versions(about['versions'])}.",
    ]
    return joined(
        [
            Markup("<h3>To repeat it</h3>"),
            shown,
            items(about["command_notes"]) if about["command_notes"] else "",
            table(header, models, caption="What computed."),
            paragraphs(digests, kind="soft"),
            Markup("<details><summary>Manifest as JSON</summary><pre>{}</pre></details>").format(
                json.dumps(about, ensure_ascii=False, indent=2)
            ),
            data(about, id_=f"manifest-{number}"),
        ]
    )


def _model(ranker: Mapping[str, Any]) -> list[str]:
    made = ranker["provenance"]
    if made is None:
        return [ranker["ranker"], *[""] * 6]
    device = " ".join(filter(None, [made["device"], f"({made['device_name']})" if made["device_name"] else ""]))
    return [
        ranker["ranker"], made["model"], made["revision"], made["weights_sha256"], device, made["precision"],
        _versions(made["versions"]),
    ]  # fmt: skip


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
