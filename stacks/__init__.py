"""What this app deploys."""
