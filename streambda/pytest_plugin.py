"""The fixture `streambda_cloud`."""
