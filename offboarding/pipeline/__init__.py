"""What a worker does with an approved request. Every step asks the world first, so that doing it twice is harmless."""
