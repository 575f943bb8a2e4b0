"""The validator: routes, mixes, audits, scores, sets weights, serves apps."""
