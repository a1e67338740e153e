"""What Lambda offers beside the Runtime API. Each part is imported only where Lambda asks for it."""
