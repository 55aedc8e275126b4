"""What lies beyond the paper, a page each, measured and drawn from nixe's files: tools/explore.py."""
