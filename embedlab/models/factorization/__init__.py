"""Matrix factorization of who chose what: ALS and PureSVD."""
