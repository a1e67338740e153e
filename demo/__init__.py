"""What `make local` shows: the main job, on this machine, through all three endpoints."""
