"""The reader of nixe's files, nixe.file, and what the tools share.

The modules know the reader and each other; the folder file knows none of them, so that it can be copied alone.
"""
