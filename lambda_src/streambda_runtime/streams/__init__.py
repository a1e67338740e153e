"""What a handler may put into a stream: frames, heartbeats, a stop before the deadline. Imported on use."""
