"""Non-interference: no output to a reader changes when a fact changes that this reader may not know (design 1.8).

The readers work at one organization, or are nobody's, and the facts lie in another; or they opened the own page of a
person, as that person or in their place, and the facts are what is not theirs to know. Every page and file that a
reader can reach, and every text that leaves, is drawn twice and compared in bytes after a fixed normaliser; so are the
number of statements and of key operations that it took.
"""
