"""What a synthesised app says: its functions, and the doors to them."""
