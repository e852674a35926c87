"""When the evidence for a change is enough, since when it is, and what caused it."""
