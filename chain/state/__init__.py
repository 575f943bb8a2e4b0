"""State: the trie, proofs, and the overlay of a block in the making."""
