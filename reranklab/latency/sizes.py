"""Numbers of documents and of tokens, as they are typed."""

from __future__ import annotations

from reranklab.errors import InputError


def parse_sizes(text: str, what: str) -> list[int]:
    """Whole numbers with commas between them, each once. `what` names them in the InputError for anything else."""
    try:
        numbers = [int(each) for each in text.replace(" ", "").split(",") if each]
    except ValueError as error:
        raise InputError(f"{what} {text!r} do not work. Write whole numbers with commas, such as 5, 10, 20.") from error
    return list(dict.fromkeys(numbers))


def parse_list(text: str) -> tuple[int, int]:
    """Documents and tokens of each, such as 100x256. Raises InputError for anything else."""
    documents, _, tokens = text.lower().partition("x")
    if not all(part.isascii() and part.isdigit() and len(part) < 7 and int(part) > 0 for part in (documents, tokens)):
        raise InputError(f"The list {text!r} does not work. Write documents x tokens, such as 100x256.")
    return int(documents), int(tokens)
