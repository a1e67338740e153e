"""The benchmark of LLM frames: what a token costs, and how soon the first one leaves.

- `__main__.py`   the command line, the tables and the targets
- `tokens.py`     a stream of tokens, by our frames and by the providers' own models
- `first.py`      the first token of a handler: plain, and through FastAPI
"""
