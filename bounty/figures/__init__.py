"""Geometry of the pages' figures: numbers in, positions in per cent out; the templates draw them as static SVG.

Everything is placed in per cent of the drawing, so that a figure fills a phone and a wide screen alike with its text
at one size, and needs neither a script nor an inline style.
"""
