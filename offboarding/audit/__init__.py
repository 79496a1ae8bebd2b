"""The append-only audit trail: its registry of events, its records, its chain, its exports."""
