"""A chat model's reply as plain text: without thoughts and markup, with one kind of digit, bracket and arrow."""

from __future__ import annotations

import re
import unicodedata

_THOUGHT = re.compile(r"(</?think(?:ing)?>)", re.IGNORECASE)
_ANSWER_TAG = re.compile(r"<(?:answer|final[a-z_-]{0,20})>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_HEADING = re.compile(r"^[ \t]*#+(?=[ \t])", re.MULTILINE)
_ARROW = re.compile(r"[-=]{1,3}>|>[>=]+|&gt;|\\succ")
_CUT_LABEL = re.compile(r"\[\s*[0-9]*$")
_ENDS_IN_MENTION = re.compile(r"[0-9]\W{0,3}$")

_BRACKETS = dict.fromkeys("［【〔", "[") | dict.fromkeys("］】〕", "]")
_ARROWS = dict.fromkeys("＞〉》→⇒⟶⟹➔➜➡➤►▸▶❯↓≻≫≥", ">")
_QUOTES = dict.fromkeys("`“”„", "“")
_MARKUP = {"*": "", "\x00": " ", "\ufe0f": "", "\u20e3": ""}


class _Characters(dict[int, str]):
    """Decimal digits of any script as ASCII, circled and parenthesised numbers as [n], invisible characters as nothing."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        plain = character
        if kind == "Nd":
            plain = str(unicodedata.decimal(character))
        elif kind == "No" and any(word in unicodedata.name(character, "") for word in ("CIRCLED", "PARENTHESIZED")):
            plain = f"[{int(unicodedata.numeric(character))}]"
        elif kind == "Cf":
            plain = ""
        self[code] = plain
        return plain


_CHARACTERS = _Characters({ord(key): value for key, value in (_BRACKETS | _ARROWS | _QUOTES | _MARKUP).items()})


def plain_text(reply: str) -> str:
    """The reply as the forms read it. An <answer> tag becomes the words "Final:", code fences become line ends, and bold marks,
    headings' marks, block quotes' marks and a label that the end of the reply cuts in two are gone."""
    text = _without_thoughts(reply).replace("```", "\n").replace("__", "").translate(_CHARACTERS)
    text = _TAG.sub(" ", _ANSWER_TAG.sub("\nFinal: ", text))
    text = "\n".join(_without_quote_marks(_ARROW.sub(">", _HEADING.sub("", text)).splitlines()))
    return _CUT_LABEL.sub("", text.rstrip())


def _without_quote_marks(lines: list[str]) -> list[str]:
    """Lines that begin with ">" are a block quote, unless the line before them ends in a number: then a chain goes on."""
    plain: list[str] = []
    previous = ""
    goes_on = False
    for line in lines:
        stripped = line.lstrip()
        if not stripped.startswith(">"):
            goes_on = False
        elif not previous.startswith(">"):
            goes_on = bool(_ENDS_IN_MENTION.search(previous[-20:]))
        plain.append(stripped[1:] if stripped.startswith(">") and not goes_on else line)
        previous = stripped.rstrip()
    return plain


def _without_thoughts(reply: str) -> str:
    """The answer without the thoughts. A block may lack its start, which some chat templates give to the model, or its end,
    where the reply was cut off."""
    kept: list[str] = []
    thinking = False
    for part in _THOUGHT.split(reply):
        if _THOUGHT.fullmatch(part):
            opening = not part.startswith("</")
            if not opening and not thinking:
                kept.clear()
            thinking = opening
        elif not thinking:
            kept.append(part)
    return " ".join(kept)
