"""Values on disk by key, in an SQLite file of one folder: what keeps replies and embeddings."""
