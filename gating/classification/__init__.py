"""The second objective: which class a tensor belongs to."""
