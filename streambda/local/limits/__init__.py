"""What AWS allows a request and a response, and no more: one table, and what keeps to it."""
