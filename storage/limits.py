"""How much the store takes: no more than buttons can carry, screens can show and columns can hold."""

LONGEST_CODE = 30
"""Characters of the code of a site or plan: a button carries it, beside what else it must carry in 64 bytes."""
LONGEST_NAME = 120
"""Characters of the name of a site: several stand in one message."""
LONGEST_SOURCE = 200
"""Characters that say who gives a delivery."""
HIGHEST_COUNT = 1_000_000_000
"""More than anything ever counted here."""
