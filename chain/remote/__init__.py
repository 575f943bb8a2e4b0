"""What the client is made of: a reconnecting link, substrate-interface in its thread, submission."""
