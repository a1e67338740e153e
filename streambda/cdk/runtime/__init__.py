"""What a function runs on: its runtime, its role, its alias."""
