"""The validator's HTTP face: the OpenAI API, live status, metrics and the dashboard."""
