"""Every write: one verb a function, keyword-only, actor first, one transaction with its audit record. No HTTP."""
