"""What surrounds a call: cache, bundles, budget and ledger, secrets, the log."""
