"""One invocation: its states, its bytes on their way, and its failures."""
