"""Non-interference: no output to a reader changes when a fact changes that this reader may not know (design 1.8).

The readers work at one organization, or are nobody's; the facts lie in another. Every page and file that a reader can
reach, and every text that leaves, is drawn twice and compared in bytes after a fixed normaliser; so are the number of
statements and of key operations that it took.
"""
