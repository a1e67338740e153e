"""Source `docker`: Amazon Linux 2023's own Python."""
