"""Interactions: which user chose which item, as a data set beside corpora."""
