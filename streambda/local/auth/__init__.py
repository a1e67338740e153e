"""Who may come in: signatures, API keys and authorisers, and what AWS says to those who may not."""
