"""Packs a layer."""
