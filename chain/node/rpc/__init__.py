"""JSON-RPC over WebSocket and HTTP, with the method names of Substrate nodes."""
