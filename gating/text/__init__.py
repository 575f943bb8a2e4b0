"""The first objective: next-token distributions over text."""
