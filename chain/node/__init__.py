"""The ledger as a service: store, pool, sequencer and JSON-RPC around the deterministic runtime."""
