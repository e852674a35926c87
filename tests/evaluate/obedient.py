"""A family that does what it is told: it counts the words of its instruction, and without one those of the query."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from reranklab.rankers.family import BuildContext, Capability, Family, Option, RankerSpec
from reranklab.rankers.scorer import ScorerRanker, scorer_family


def obedient(heard: Callable[[str, str], None] = lambda instruction, query: None) -> Family:
    """`heard` is called with the instruction and the query of each ranking."""

    def build(spec: RankerSpec, context: BuildContext) -> ScorerRanker:
        told = spec.option("instruction")

        def score(query: str, texts: Sequence[str]) -> list[float]:
            heard(told, query)
            words = (told or query).split()
            return [float(sum(word in words for word in text.split())) for text in texts]

        return ScorerRanker(spec, context, score=score, scale=family.scales[0])

    family = scorer_family("obedient", lambda query, texts: [], title="Obedient")
    return replace(
        family,
        build=build,
        capabilities=lambda spec: frozenset({Capability.INSTRUCTION}),
        options=(Option(name="instruction", default="", help="What to count."),),
    )
