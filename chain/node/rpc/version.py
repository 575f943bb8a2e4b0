"""The runtime's version as JSON."""

from __future__ import annotations

from chain.node.rpc.encoding import encode_hex
from chain.runtime.version import RUNTIME_VERSION


def encode_version() -> dict[str, object]:
    """Names, numbers and interfaces of the runtime."""
    version = RUNTIME_VERSION
    return {
        "specName": version.spec_name,
        "implName": version.impl_name,
        "authoringVersion": version.authoring_version,
        "specVersion": version.spec_version,
        "implVersion": version.impl_version,
        "apis": [[encode_hex(digest), number] for digest, number in version.apis],
        "transactionVersion": version.transaction_version,
        "systemVersion": version.system_version,
        "stateVersion": version.system_version,
    }
