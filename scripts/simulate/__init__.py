"""The gate, the pay and the ledger's epochs on recorded answers: benchmarks and attacks without a network."""
