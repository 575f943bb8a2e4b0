"""The gate: route to experts, mix what they say, measure what each one adds."""
