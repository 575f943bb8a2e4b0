"""How long tests wait before they take something for hung."""

PATIENCE_SECONDS = 300.0
"""Beyond every machine's pace: tests wait for what is slow, and only notice what never comes."""
