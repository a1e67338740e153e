"""What a synthesised app says: its functions, and the endpoints to them."""
