"""What differs between two versions of a text, shown in the text: removed words struck through, added words underlined."""

from __future__ import annotations

from markupsafe import Markup

from reranklab.explain.changes import Change, diff
from reranklab.ui.say import joined, put

_STYLE = Markup("""<style>
.rl-diff { border: 1px solid rgba(128, 128, 128, 0.35); border-radius: 6px; padding: 8px 12px;
  max-height: 260px; overflow: auto; font-size: 0.9rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.rl-diff b { display: block; font-size: 0.8rem; font-weight: 600; opacity: 0.75; }
.rl-diff del { background: rgba(213, 94, 0, 0.20); text-decoration: line-through 1px rgb(213, 94, 0); }
.rl-diff ins { background: rgba(0, 114, 178, 0.22); text-decoration: underline 2px rgb(0, 114, 178); }
</style>""")


def show_differences(parts: dict[str, tuple[str, str]]) -> None:
    """`parts` is name to the text before and after. Those that are the same are left out."""
    changed = {name: diff(before, after) for name, (before, after) in parts.items() if before != after}
    if not changed:
        return
    block = Markup("<div><b>{}</b>{}</div>")
    blocks = joined(block.format(name, joined(map(_shown, changes))) for name, changes in changed.items())
    box = Markup('{}<div class="rl-diff" dir="auto" tabindex="0" role="group" aria-label="What was changed">{}</div>')
    put(box.format(_STYLE, blocks))


def _shown(change: Change) -> Markup:
    frames = {"removed": Markup("<del>{}</del>"), "added": Markup("<ins>{}</ins>")}
    return frames.get(change.kind, Markup("{}")).format(change.text)
