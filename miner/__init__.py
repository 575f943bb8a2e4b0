"""Serves an expert and trains it: decode sessions, batching, admission, presence on chain."""
