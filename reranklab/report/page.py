"""The report: one HTML page that needs no network, its figures and the library that draws them inside.

Texts of documents, ids and models are escaped. The page's own policy refuses any other script, and every connection.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reranklab.evaluate.evaluated import Evaluated


def report_page(evaluations: Sequence[Evaluated], manifests: Sequence[Mapping[str, Any]]) -> str:
    """The page on one collection or several, each with its manifest."""
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    from reranklab.report.markup import joined
    from reranklab.report.parts import collection_part, contents

    library, script, style = Markup(get_plotlyjs()), Markup(_beside("draw.js")), Markup(_beside("page.css"))
    names = ", ".join(evaluation.name for evaluation in evaluations)
    parts = [
        collection_part(evaluation, about, number=number)
        for number, (evaluation, about) in enumerate(zip(evaluations, manifests, strict=True), start=1)
    ]
    policy = (
        f"default-src 'none'; script-src {_source(library)} {_source(script)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return str(
        Markup(
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
            "<title>Evaluation: {names}</title><style>{style}</style></head><body>"
            "<h1>Evaluation: {names}</h1>"
            '<p class="soft">Made {made} with RerankLab {version}.</p>'
            "<noscript><p>The figures need JavaScript. Their words and every table are here without.</p></noscript>"
            "{contents}{parts}<script>{library}</script><script>{script}</script></body></html>\n"
        ).format(
            policy=policy,
            names=names,
            style=style,
            made=manifests[0]["made_at"],
            version=manifests[0]["versions"]["reranklab"],
            contents=contents(evaluations),
            parts=joined(parts),
            library=library,
            script=script,
        )
    )


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _source(script: str) -> str:
    """A script's place in the policy: the digest of its text, which a browser reads with newlines alone."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
