"""What the local cloud is about: plain values, which import nothing of the other rooms."""
