"""Hands that break things on purpose, and heal them on every exit."""
