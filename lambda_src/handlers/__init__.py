"""Example handlers, one idea each."""
