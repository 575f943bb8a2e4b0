"""What players and judge share: commitments and the trees under them."""
