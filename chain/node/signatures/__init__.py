"""Checking signatures beside the event loop: in batches, in processes of their own."""
