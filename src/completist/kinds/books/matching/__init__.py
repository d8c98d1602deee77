"""Matching: which record of the catalogue a book of a list is, step by step.

`asking` what a list says · `titles` and `names` taken apart (`folding`, `wording`) · `relations` of two titles ·
`vetoes` · `scoring` of one hit · `decision` among several · `identified` by the book's own identifiers ·
`candidates` with all that would be written
"""
