"""What people see: each view reads, asks access, calls an action, and renders. No writing to rows here."""
