"""What the paper claims, one by one, and what nixe's files say of it: tools/reproduce.py."""
