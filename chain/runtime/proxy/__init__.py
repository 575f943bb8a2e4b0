"""Proxy pallet: accounts that may act for others, some of them only in some ways, some only after an announcement."""

from chain.runtime.proxy import announcements, delegation, payers, pure, storage

MODULES = (storage, delegation, pure, announcements, payers)
"""What makes up the pallet."""
