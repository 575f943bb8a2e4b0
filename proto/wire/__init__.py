"""The expert wire: schema, tensor codec, signed envelope, and both ends of the protocol.

Knows nothing of the chain: keys arrive as a :class:`wire.identity.Signer` and a verify callable.
"""
