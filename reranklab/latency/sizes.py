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
