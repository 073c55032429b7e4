"""Splitting a document into blocks and segments, and joining what is kept."""
