"""Conversation history on disk: writing, verifying and reading archives. No Genesys client is known here."""
