"""Recommenders without vectors, against which others are measured: popularity, item-kNN and EASE."""
