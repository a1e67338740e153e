"""What goes wrong on the way, on demand: for tests of those who call a stream."""
