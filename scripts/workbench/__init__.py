"""Programs of ours about the ledger: what its epochs, blocks and nodes cost, and what of the dialect it has."""
