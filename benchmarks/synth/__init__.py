"""How long an app takes to synthesise with our constructs, compared with one by hand."""
