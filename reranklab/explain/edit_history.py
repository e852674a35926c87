"""The steps of editing one document and its query, so that each can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reranklab.engine.comparison import Comparison
from reranklab.explain.edits import BY_HAND
from reranklab.types import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Both texts after a step. `edit` is a name of EDITS or BY_HAND, empty for the original; `note` says what it did."""

    query: str
    title: str
    text: str
    edit: str = ""
    note: str = ""


@dataclass(slots=True, kw_only=True)
class EditHistory:
    """The versions of one document of a run, the original first.

    `saved` are the versions that were kept as probes.
    """

    comparison: Comparison
    document: Document
    versions: list[Version]
    saved: set[tuple[Version, str]] = field(default_factory=set)

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def query(self) -> Query:
        return replace(self.comparison.request.query, text=self.now.query)

    @property
    def edited(self) -> Document:
        return replace(self.document, title=self.now.title, text=self.now.text)

    @property
    def query_changed(self) -> bool:
        return self.now.query != self.versions[0].query

    @property
    def document_changed(self) -> bool:
        return self.edited != self.document

    @property
    def changed(self) -> bool:
        return self.query_changed or self.document_changed

    @property
    def edits(self) -> str:
        """The names of the edits that were done, each once, in their order."""
        return " + ".join(dict.fromkeys(version.edit for version in self.versions[1:]))

    def write(self, part: str, text: str) -> None:
        """A step by hand: `part` ("query", "title" or "text") now reads `text`."""
        if text != getattr(self.now, part):
            self.versions.append(replace(self.now, edit=BY_HAND, note=f"{part} written by hand", **{part: text}))

    def put(self, document: Document, *, edit: str, note: str) -> None:
        """A step by one of EDITS."""
        self.versions.append(replace(self.now, title=document.title, text=document.text, edit=edit, note=note))

    def undo(self) -> None:
        if len(self.versions) > 1:
            self.versions.pop()

    def reset(self) -> None:
        del self.versions[1:]


def begin(comparison: Comparison, document: Document) -> EditHistory:
    """A history that holds the original alone."""
    original = Version(query=comparison.request.query.text, title=document.title, text=document.text)
    return EditHistory(comparison=comparison, document=document, versions=[original])
