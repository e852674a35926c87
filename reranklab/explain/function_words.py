"""English words that carry grammar rather than content."""

from __future__ import annotations

_DETERMINERS = (
    "a an the this that these those my your his her its our their each every another any some no all both either neither "
    "many much more most few several"
)
_PRONOUNS = "i you he she it we they me him us them one who whom whose which what there here"
_PREPOSITIONS = (
    "about above across after against along among around as at before behind below beneath beside between beyond by despite "
    "down during except for from in inside into like near of off on onto out outside over past per since than through to "
    "toward towards under until up upon via with within without"
)
_CONJUNCTIONS = (
    "and but or nor so yet if because although though unless while whereas when where why how whether then thus hence"
)
_AUXILIARIES = (
    "am is are was were be been being do does did done has have had having can could will would shall should may might must"
)
_ADVERBS = "also always already ever just never not now often only still long too very"

DETERMINERS = frozenset(_DETERMINERS.split())
PRONOUNS = frozenset(_PRONOUNS.split())
PREPOSITIONS = frozenset(_PREPOSITIONS.split())
CONJUNCTIONS = frozenset(_CONJUNCTIONS.split())
AUXILIARIES = frozenset(_AUXILIARIES.split())
ADVERBS = frozenset(_ADVERBS.split())

FUNCTION_WORDS = DETERMINERS | PRONOUNS | PREPOSITIONS | CONJUNCTIONS | AUXILIARIES | ADVERBS
