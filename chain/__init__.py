"""The ledger: a Substrate-style chain that pays miners and validators, and the client that speaks to it."""
