"""Example handlers. Each shows one idea."""
