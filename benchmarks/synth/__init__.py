"""How much longer an app takes to synthesise with our constructs than written out by hand."""
