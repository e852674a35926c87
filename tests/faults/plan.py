"""What one kind of fault did, input by input."""

from dataclasses import dataclass, field

from reranklab.errors import RerankLabError


@dataclass(slots=True, kw_only=True)
class Plan:
    """Inputs of one kind of fault, and those that did not end as they must."""

    kind: str
    inputs: int = 0
    failures: list[str] = field(default_factory=list)

    def tried(self, name: str, *, failed: str = "") -> None:
        """Count an input; `failed` says what is wrong with its end, and is empty where nothing is."""
        self.inputs += 1
        if failed:
            self.failures.append(f"  {name}: {failed}")


def what_is_wrong(error: BaseException | None) -> str:
    """What is wrong with the end of an input that cannot be used: it must be an error of ours, in one or two short lines."""
    if error is None:
        return "no error"
    if not isinstance(error, RerankLabError):
        return f"{type(error).__name__} instead of an error of RerankLab: {error}"
    message = str(error)
    if not message.strip() or len(message) > 600 or message.count("\n") > 1 or "Traceback" in message:
        return f"no clear sentence: {message[:200]!r}"
    return ""
