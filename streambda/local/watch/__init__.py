"""Sees an app's sources change, and brings the local cloud to what they have become."""
