"""SCALE: type descriptors, from which the codec and the metadata registry entry both follow."""
