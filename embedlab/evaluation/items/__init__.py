"""How good recommendations are: full rankings, measures with their formulas, and the yardsticks beside every model."""
