"""Downstream messages: signing, guarding the address, sending what is due in the outbox."""
