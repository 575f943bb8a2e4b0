"""The explorer: blocks, extrinsics, events and accounts for people, decoded by the runtime's own codecs."""
